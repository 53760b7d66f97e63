using System.Linq.Expressions;
using System.Text;
using Google.Api;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using RttNetwork.Contracts.Units;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Authorization;

/// <summary>
/// What a method's <c>(rtt.v1.authorization)</c> says, compiled: which scopes may call it, and which fields of its
/// request name what the call is about. Nothing is reflected on while a call runs.
/// </summary>
internal sealed class MethodRule
{
    private const string Networks = "networks/";
    private const string Sites = "/sites/";
    private const string Regions = "regions/";

    private readonly int _scopes;
    private readonly Func<IMessage, string> _resource;
    private readonly Func<IMessage, string>[] _also;
    private readonly Func<IMessage, string>? _region;

    /// <exception cref="InvalidOperationException">The method does not say who may call it, or writes without a request id.</exception>
    public MethodRule(MethodDescriptor method)
    {
        Method = method;
        FullName = $"/{method.Service.FullName}/{method.Name}";
        FullNameUtf8 = Encoding.UTF8.GetBytes(FullName);
        var options = method.GetOptions();
        var rule = options?.GetExtension(AuthorizationExtensions.Authorization)
            ?? throw new InvalidOperationException($"{FullName} does not say who may call it: give it an (rtt.v1.authorization).");
        Http = options.GetExtension(AnnotationsExtensions.Http)
            ?? throw new InvalidOperationException($"{FullName} has no (google.api.http): every method can be called with JSON.");
        if (method.IsClientStreaming || (method.IsServerStreaming && rule.Writes))
            throw new InvalidOperationException($"{FullName} is a stream of requests, or one that writes: the interceptor authorises single requests only. Teach it first.");
        if (rule.Scopes.Count == 0) throw new InvalidOperationException($"{FullName} names no scope.");
        if (rule.Scopes.Contains(Scope.Authority) && rule.RegionField.Length == 0)
            throw new InvalidOperationException($"{FullName} is open to an authority and has no region_field.");
        if (rule.Writes && (Field("request_id") is not { FieldType: FieldType.String } || Field("validate_only") is not { FieldType: FieldType.Bool }))
            throw new InvalidOperationException($"{FullName} writes: it needs a request_id (string) and a validate_only (bool).");
        foreach (var scope in rule.Scopes) _scopes |= 1 << (int)Known(scope);
        _resource = StringAt(rule.ResourceField);
        _also = [.. rule.Also.Select(StringAt)];
        _region = rule.RegionField.Length > 0 ? StringAt(rule.RegionField) : null;
        Nothing = method.OutputType.Parser.ParseFrom(ByteString.Empty);
        Writes = rule.Writes;
        if (!Writes) return;
        RequestId = Access<string>(Field("request_id")!);
        ValidateOnly = Access<bool>(Field("validate_only")!);
    }

    public MethodDescriptor Method { get; }

    /// <summary>As in the path of a call: <c>/rtt.v1.Cohorts/BookSeat</c>.</summary>
    public string FullName { get; }

    public byte[] FullNameUtf8 { get; }

    public HttpRule Http { get; }

    public bool Writes { get; }

    /// <summary>For a method that writes.</summary>
    public FieldAccess<string>? RequestId { get; }

    /// <summary>For a method that writes.</summary>
    public FieldAccess<bool>? ValidateOnly { get; }

    /// <summary>The empty reply, which goes with a failing status. Shared: never changed.</summary>
    public IMessage Nothing { get; }

    /// <summary>True when tokens of this scope may call the method at all: asked before the request is read.</summary>
    public bool IsOpenTo(CallerScope scope) => (_scopes & (1 << (int)scope)) != 0;

    /// <summary>
    /// True when everything that the request names is the caller's, as far as names tell. A name that is no resource name
    /// passes: it names nothing, and reading the request refuses it.
    /// </summary>
    public bool Allows(Caller caller, IMessage request)
    {
        if (!IsWithinReach(caller, _resource(request))) return false;
        foreach (var also in _also)
        {
            if (!IsWithinReach(caller, also(request))) return false;
        }
        if (caller.Scope != CallerScope.Authority) return true;
        var region = _region!(request);
        return region.StartsWith(Regions, StringComparison.Ordinal) && Contains(caller.Regions, region.AsSpan(Regions.Length));
    }

    private static bool IsWithinReach(Caller caller, string name)
    {
        if (!name.StartsWith(Networks, StringComparison.Ordinal)) return true;
        var rest = name.AsSpan(Networks.Length);
        if (!StartsWithPart(rest, caller.Network)) return false;
        if (caller.Scope != CallerScope.Site) return true;
        rest = rest[caller.Network.Length..];
        if (!rest.StartsWith(Sites, StringComparison.Ordinal)) return true;
        rest = rest[Sites.Length..];
        foreach (var site in caller.Sites)
        {
            if (StartsWithPart(rest, site)) return true;
        }
        return false;
    }

    /// <summary>True when the text is this part, or goes on after it with a slash.</summary>
    private static bool StartsWithPart(ReadOnlySpan<char> text, string part) =>
        text.StartsWith(part, StringComparison.Ordinal) && (text.Length == part.Length || text[part.Length] == '/');

    private static bool Contains(System.Collections.Immutable.ImmutableArray<string> ids, ReadOnlySpan<char> id)
    {
        foreach (var mine in ids)
        {
            if (id.SequenceEqual(mine)) return true;
        }
        return false;
    }

    private static CallerScope Known(Scope scope) => scope switch
    {
        Scope.Site => CallerScope.Site,
        Scope.Operator => CallerScope.Operator,
        Scope.Authority => CallerScope.Authority,
        _ => throw new InvalidOperationException($"{scope} is no scope that a token can have."),
    };

    /// <summary>Compiles the way to a string, <c>facilitator.home_site</c>; empty when a message on the way is absent.</summary>
    private Func<IMessage, string> StringAt(string path)
    {
        var message = Expression.Parameter(typeof(IMessage));
        var type = Method.InputType;
        Expression value = Expression.Convert(message, type.ClrType);
        foreach (var part in path.Split('.'))
        {
            var field = type?.FindFieldByName(part)
                ?? throw new InvalidOperationException($"{FullName} authorises by '{path}', which its request does not have.");
            Expression next = Expression.Property(value, field.PropertyName);
            if (next.Type != typeof(string)) next = Expression.Condition(Expression.Equal(value, Expression.Constant(null)), Expression.Constant(null, next.Type), next);
            else if (field.ContainingType != Method.InputType) next = Expression.Condition(Expression.Equal(value, Expression.Constant(null)), Expression.Constant(""), next);
            (value, type) = (next, field.FieldType == FieldType.Message ? field.MessageType : null);
        }
        if (value.Type != typeof(string)) throw new InvalidOperationException($"{FullName} authorises by '{path}', which is no name.");
        return Expression.Lambda<Func<IMessage, string>>(value, message).Compile();
    }

    private FieldDescriptor? Field(string name) => Method.InputType.FindFieldByName(name);

    private FieldAccess<T> Access<T>(FieldDescriptor field)
    {
        var message = Expression.Parameter(typeof(IMessage));
        var value = Expression.Parameter(typeof(T));
        var target = Expression.Property(Expression.Convert(message, Method.InputType.ClrType), field.PropertyName);
        return new FieldAccess<T>(
            Expression.Lambda<Func<IMessage, T>>(target, message).Compile(),
            Expression.Lambda<Action<IMessage, T>>(Expression.Assign(target, value), message, value).Compile());
    }
}

/// <summary>A compiled way to read and write one field of a request.</summary>
internal sealed record FieldAccess<T>(Func<IMessage, T> Get, Action<IMessage, T> Set);
