using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using RttNetwork.Gateway;
using RttNetwork.Silo;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace RttNetwork.Architecture.Tests;

/// <summary>The manifests against Kubernetes' own types and against the code that runs in the pods.</summary>
public sealed class KubernetesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "k8s");
    private static readonly string Base = Path.Combine(Folder, "base");
    private static readonly HashSet<string> Measured = ["cpu", "memory"];
    private static readonly string[] Overlays = Directory.GetDirectories(Path.Combine(Folder, "overlays"));
    private static readonly IReadOnlyList<object> Objects = [.. Kustomization.Read(Base).Resources.SelectMany(f => Load(Path.Combine(Base, f)))];

    [Fact]
    public void Every_file_is_listed_and_every_listed_file_is_there()
    {
        foreach (var folder in Overlays.Append(Base))
        {
            var kustomization = Kustomization.Read(folder);
            var listed = kustomization.Resources.Concat(kustomization.Patches.Select(p => p.Path)).ToList();
            Assert.Equal(listed.Distinct(StringComparer.Ordinal).Count(), listed.Count);
            var there = Directory.GetFiles(folder, "*.yaml").Select(f => Path.GetFileName(f)!).Where(f => f != Kustomization.FileName);
            Assert.Equal(there.Order(StringComparer.Ordinal), listed.Where(l => !l.StartsWith("..", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            Assert.All(listed.Where(l => l.StartsWith("..", StringComparison.Ordinal)), l => Assert.True(Directory.Exists(Path.Combine(folder, l)), l));
        }
    }

    [Fact]
    public void Every_field_is_one_that_Kubernetes_knows()
    {
        Assert.Equal(17, Objects.Count);
        foreach (var file in Overlays.SelectMany(o => Directory.GetFiles(o, "*.yaml")).Where(f => Path.GetFileName(f) != Kustomization.FileName)) Assert.NotEmpty(Load(file));
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nmetadata:\n  name: x\nspec:\n  port: 1\n", null, true));
    }

    [Fact]
    public void A_patch_changes_something_that_the_base_has()
    {
        var names = Objects.Cast<IKubernetesObject<V1ObjectMeta>>().Select(o => (o.Kind, o.Metadata.Name)).ToList();
        foreach (var overlay in Overlays)
        {
            foreach (var patch in Kustomization.Read(overlay).Patches)
            {
                var patched = (IKubernetesObject<V1ObjectMeta>)Assert.Single(Load(Path.Combine(overlay, patch.Path)));
                Assert.Contains((patched.Kind, patched.Metadata.Name), names);
            }
        }
    }

    [Fact]
    public void No_secret_is_in_a_file_and_each_that_is_used_is_described()
    {
        var all = Objects.Concat(Overlays.SelectMany(o => Directory.GetFiles(o, "*.yaml")).Where(f => Path.GetFileName(f) != Kustomization.FileName).SelectMany(Load));
        Assert.Empty(all.OfType<V1Secret>());
        var described = File.ReadAllText(Path.Combine(Base, Kustomization.FileName));
        var used = Pods().SelectMany(p => p.Spec.Containers).SelectMany(c => c.Env).Select(e => e.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>().ToList();
        Assert.NotEmpty(used);
        foreach (var secret in used)
        {
            Assert.Matches($@"#\s+Secret {Regex.Escape(secret.Name)}\b", described);
            Assert.Matches($@"#\s+{Regex.Escape(secret.Key)}\s", described);
        }
    }

    [Fact]
    public void Three_silos_with_names_that_stay()
    {
        var silos = Assert.Single(Objects.OfType<V1StatefulSet>());
        Assert.Equal(3, silos.Spec.Replicas);
        Assert.Equal(Objects.OfType<V1Service>().Single(s => s.Spec.ClusterIP == "None").Metadata.Name, silos.Spec.ServiceName);
        Assert.Equal("metadata.name", silos.Spec.Template.Spec.Containers[0].Env.Single(e => e.Name == "Rtt__Silo__Name").ValueFrom.FieldRef.FieldPath);
        Assert.Equal(2, Assert.Single(Objects.OfType<V1Deployment>()).Spec.Replicas);
    }

    [Fact]
    public void Selectors_find_the_pods_that_they_are_meant_for()
    {
        var labels = Pods().Select(p => p.Metadata.Labels).ToList();
        bool Finds(IDictionary<string, string> selector) => labels.Any(l => selector.All(s => l.TryGetValue(s.Key, out var value) && value == s.Value));

        foreach (var set in Objects.OfType<V1StatefulSet>()) Assert.Equal(set.Spec.Selector.MatchLabels, set.Spec.Template.Metadata.Labels);
        foreach (var set in Objects.OfType<V1Deployment>()) Assert.Equal(set.Spec.Selector.MatchLabels, set.Spec.Template.Metadata.Labels);
        Assert.All(Objects.OfType<V1Service>(), s => Assert.True(Finds(s.Spec.Selector), s.Metadata.Name));
        Assert.All(Pods().SelectMany(p => p.Spec.TopologySpreadConstraints ?? []), c => Assert.True(Finds(c.LabelSelector.MatchLabels)));
        foreach (var policy in Objects.OfType<V1NetworkPolicy>())
        {
            if (policy.Spec.PodSelector.MatchLabels is { } selector) Assert.True(Finds(selector), policy.Metadata.Name);
            var peers = (policy.Spec.Ingress ?? []).SelectMany(i => i.FromProperty ?? []).Concat((policy.Spec.Egress ?? []).SelectMany(e => e.To ?? []));
            Assert.All(peers.Where(p => p.PodSelector is not null && p.NamespaceSelector is null), p => Assert.True(Finds(p.PodSelector.MatchLabels), policy.Metadata.Name));
        }
    }

    [Fact]
    public void A_drain_takes_one_at_a_time()
    {
        var budgets = Objects.OfType<V1PodDisruptionBudget>().ToDictionary(b => b.Spec.Selector.MatchLabels["app.kubernetes.io/name"], b => int.Parse(b.Spec.MinAvailable.Value, null));
        Assert.Equal(2, budgets["rtt-silo"]);
        Assert.Equal(1, budgets["rtt-gateway"]);
    }

    [Fact]
    public void Ports_are_those_that_the_processes_listen_on()
    {
        var silo = SiloOptions.From(ConfigurationOf("rtt-silo", out _));
        Assert.Equal([("silo", silo.SiloPort), ("orleans-gateway", silo.OrleansGatewayPort), ("management", silo.Management.Port)], PortsOf("rtt-silo"));
        var gateway = GatewayOptions.From(ConfigurationOf("rtt-gateway", out _), "Production");
        Assert.Equal([("grpc", gateway.GrpcPort), ("http", gateway.HttpPort), ("management", gateway.Management.Port)], PortsOf("rtt-gateway"));
        foreach (var service in Objects.OfType<V1Service>())
        {
            var ports = PortsOf(service.Spec.Selector["app.kubernetes.io/name"]);
            Assert.All(service.Spec.Ports, p => Assert.Contains((p.TargetPort.Value, p.Port), ports));
        }
    }

    [Fact]
    public void Probes_ask_what_the_processes_answer()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "src", "Gateway", "Management", "ManagementPort.cs"));
        foreach (var name in new[] { "rtt-silo", "rtt-gateway" })
        {
            var container = ContainerOf(name);
            foreach (var probe in new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe })
            {
                Assert.NotNull(probe?.HttpGet);
                Assert.Contains($"UseHealthChecks(\"{probe.HttpGet.Path}\"", source, StringComparison.Ordinal);
                Assert.Contains(container.Ports, p => p.Name == probe.HttpGet.Port.Value);
                Assert.Equal("management", probe.HttpGet.Port.Value);
            }
            // Prometheus is told the same port, and that of the process's own.
            var pod = Pods().Single(p => p.Metadata.Labels["app.kubernetes.io/name"] == name).Metadata;
            Assert.Equal(container.Ports.Single(p => p.Name == "management").ContainerPort.ToString(System.Globalization.CultureInfo.InvariantCulture), pod.Annotations["prometheus.io/port"]);
            Assert.Contains($"UseOpenTelemetryPrometheusScrapingEndpoint(\"{pod.Annotations["prometheus.io/path"]}\")", source, StringComparison.Ordinal);
        }
    }

    /// <summary>A setting that nobody reads is a mistake in its name.</summary>
    [Fact]
    public void Every_setting_is_read()
    {
        var silo = ConfigurationOf("rtt-silo", out var read);
        SiloOptions.From(silo);
        Assert.Empty(SettingsOf("rtt-silo").Keys.Except(read));

        var gateway = ConfigurationOf("rtt-gateway", out read);
        GatewayOptions.From(gateway, "Production");
        var program = File.ReadAllText(Path.Combine(Repository.Root, "src", "Gateway", "Program.cs"));
        read.UnionWith(Regex.Matches(program, "Configuration\\[\"(Rtt:[A-Za-z:]+)\"\\]").Select(m => m.Groups[1].Value));
        Assert.Empty(SettingsOf("rtt-gateway").Keys.Except(read));
        Assert.Contains("Rtt:IdentityKey", read);
        Assert.Contains($"Variable(\"{Assert.Single(ContainerOf("rtt-migrate").Env).Name}\")", File.ReadAllText(Path.Combine(Repository.Root, "src", "Cli", "Commands", "MigrateCommand.cs")), StringComparison.Ordinal);
        Assert.False(SettingsOf("rtt-gateway").ContainsKey("Rtt:PersonalKey"));
    }

    [Fact]
    public void Every_process_is_confined()
    {
        foreach (var pod in Pods())
        {
            Assert.False(pod.Spec.AutomountServiceAccountToken);
            Assert.Contains(Objects.OfType<V1ServiceAccount>(), a => a.Metadata.Name == pod.Spec.ServiceAccountName && a.AutomountServiceAccountToken == false);
            Assert.True(pod.Spec.SecurityContext.RunAsNonRoot);
            Assert.Equal("RuntimeDefault", pod.Spec.SecurityContext.SeccompProfile.Type);
            Assert.Null(pod.Spec.HostNetwork);
            foreach (var container in pod.Spec.Containers)
            {
                Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
                Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
                Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
                Assert.Superset(Measured, container.Resources.Requests.Keys.ToHashSet());
                Assert.Superset(Measured, container.Resources.Limits.Keys.ToHashSet());
            }
        }
    }

    [Fact]
    public void A_process_has_longer_to_stop_than_it_takes()
    {
        var gateway = Pods().Single(p => p.Metadata.Labels["app.kubernetes.io/name"] == "rtt-gateway").Spec;
        var shutdown = int.Parse(Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "src", "Gateway", "Program.cs")), @"ShutdownTimeout = TimeSpan.FromSeconds\((\d+)\)").Groups[1].Value, null);
        Assert.True(gateway.TerminationGracePeriodSeconds > gateway.Containers[0].Lifecycle.PreStop.Sleep.Seconds + shutdown);
        Assert.True(Pods().Single(p => p.Metadata.Labels["app.kubernetes.io/name"] == "rtt-silo").Spec.TerminationGracePeriodSeconds >= 45);
    }

    [Fact]
    public void Nothing_is_let_through_that_no_policy_names()
    {
        var policies = Objects.OfType<V1NetworkPolicy>().ToList();
        var everything = policies.Single(p => p.Spec.Ingress is null && p.Spec.Egress is null);
        Assert.True(everything.Spec.PodSelector.MatchLabels is null && everything.Spec.PodSelector.MatchExpressions is null);
        Assert.Equal(["Ingress", "Egress"], everything.Spec.PolicyTypes);
    }

    /// <summary>Whoever reaches an Orleans port can call any grain as anybody.</summary>
    [Fact]
    public void Only_silos_and_gateways_reach_the_Orleans_ports()
    {
        var silo = SiloOptions.From(ConfigurationOf("rtt-silo", out _));
        var rules = Objects.OfType<V1NetworkPolicy>()
            .Where(p => p.Spec.PodSelector.MatchLabels?["app.kubernetes.io/name"] == "rtt-silo" || (p.Spec.PodSelector.MatchLabels is null && p.Spec.PodSelector.MatchExpressions is null))
            .SelectMany(p => p.Spec.Ingress ?? []).ToList();
        // Prometheus' namespace comes to the management port, by a rule that is about no other.
        var scrape = Assert.Single(rules, r => r.FromProperty.Any(from => from.NamespaceSelector is not null));
        Assert.Equal($"{silo.Management.Port}", Assert.Single(scrape.Ports).Port.Value);
        Assert.Equal("rtt-network/may-scrape", Assert.Single(Assert.Single(scrape.FromProperty).NamespaceSelector.MatchLabels).Key);
        rules.Remove(scrape);
        Assert.All(rules.SelectMany(r => r.FromProperty), from => Assert.True(from.NamespaceSelector is null && from.IpBlock is null));
        Assert.Equal(
            [($"{silo.SiloPort}", "rtt-silo"), ($"{silo.OrleansGatewayPort}", "rtt-gateway")],
            rules.SelectMany(r => r.Ports.SelectMany(p => r.FromProperty.Select(from => (p.Port.Value, Assert.Single(from.PodSelector.MatchLabels).Value)))));
    }

    [Fact]
    public void Pods_run_programs_that_the_image_has()
    {
        var dockerfile = File.ReadAllText(Path.Combine(Folder, "Dockerfile"));
        foreach (var pod in Pods())
        {
            var container = Assert.Single(pod.Spec.Containers);
            Assert.Equal("rtt", container.Image);
            var program = Regex.Match(container.Args[0], @"^(/app/[a-z]+)/RttNetwork\.([A-Za-z]+)\.dll$");
            Assert.True(program.Success, container.Args[0]);
            Assert.Contains($"dotnet publish src/{program.Groups[2].Value}/{program.Groups[2].Value}.csproj --configuration Release --output {program.Groups[1].Value}", dockerfile, StringComparison.Ordinal);
        }
        Assert.Contains("\nUSER 10001", dockerfile, StringComparison.Ordinal);
        Assert.All(Pods(), p => Assert.Equal(10001, p.Spec.SecurityContext.RunAsUser));
    }

    private static IEnumerable<V1PodTemplateSpec> Pods() =>
        Objects.OfType<V1StatefulSet>().Select(s => s.Spec.Template)
            .Concat(Objects.OfType<V1Deployment>().Select(d => d.Spec.Template))
            .Concat(Objects.OfType<V1Job>().Select(j => j.Spec.Template));

    private static V1Container ContainerOf(string name) => Pods().Single(p => p.Metadata.Labels["app.kubernetes.io/name"] == name).Spec.Containers[0];

    private static IEnumerable<(string, int)> PortsOf(string name) => ContainerOf(name).Ports.Select(p => (p.Name, p.ContainerPort));

    private static ConfigurationRoot ConfigurationOf(string name, out HashSet<string> read)
    {
        var source = new Recording(SettingsOf(name));
        read = source.Read;
        return new ConfigurationRoot([source]);
    }

    /// <summary>The environment of a container as Kubernetes would make it, with a sample for each secret.</summary>
    private static Dictionary<string, string?> SettingsOf(string name)
    {
        var container = ContainerOf(name);
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var map in (container.EnvFrom ?? []).Select(f => f.ConfigMapRef.Name))
        {
            foreach (var (key, value) in Objects.OfType<V1ConfigMap>().Single(m => m.Metadata.Name == map).Data) settings[key] = value;
        }
        foreach (var variable in container.Env)
        {
            settings[variable.Name] = variable.Value ?? (variable.ValueFrom.FieldRef?.FieldPath, variable.ValueFrom.SecretKeyRef?.Key) switch
            {
                ("status.podIP", null) => "10.1.2.3",
                ("metadata.name", null) => $"{name}-0",
                (null, var key) when key!.EndsWith("-string", StringComparison.Ordinal) => "Host=db;Database=rtt",
                (null, _) => Convert.ToBase64String(new byte[32]),
                _ => throw new NotSupportedException(variable.Name),
            };
        }
        Assert.All(settings.Keys, key => Assert.StartsWith("Rtt__", key, StringComparison.Ordinal));
        return settings.ToDictionary(s => s.Key.Replace("__", ":", StringComparison.Ordinal), s => s.Value, StringComparer.OrdinalIgnoreCase);
    }

    private static IEnumerable<object> Load(string file) => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), null, true);

    /// <summary>Settings that remember which of them were asked for.</summary>
    private sealed class Recording : ConfigurationProvider
    {
        public Recording(Dictionary<string, string?> settings) => Data = settings;

        public HashSet<string> Read { get; } = new(StringComparer.OrdinalIgnoreCase);

        public override bool TryGet(string key, out string? value)
        {
            if (!base.TryGet(key, out value)) return false;
            Read.Add(key);
            return true;
        }
    }

    /// <summary>What we use of a kustomization; anything else in one fails.</summary>
    private sealed class Kustomization
    {
        public const string FileName = "kustomization.yaml";

        public string ApiVersion { get; set; } = "";
        public string Kind { get; set; } = "";
        public string Namespace { get; set; } = "";
        public List<string> Resources { get; set; } = [];
        public List<Patch> Patches { get; set; } = [];
        public List<Image> Images { get; set; } = [];
        public List<LabelPairs> Labels { get; set; } = [];

        public static Kustomization Read(string folder)
        {
            var read = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build()
                .Deserialize<Kustomization>(File.ReadAllText(Path.Combine(folder, FileName)));
            Assert.Equal("Kustomization", read.Kind);
            return read;
        }

        public sealed class Patch
        {
            public string Path { get; set; } = "";
        }

        public sealed class Image
        {
            public string Name { get; set; } = "";
            public string NewTag { get; set; } = "";
        }

        public sealed class LabelPairs
        {
            public Dictionary<string, string> Pairs { get; set; } = [];
        }
    }
}
