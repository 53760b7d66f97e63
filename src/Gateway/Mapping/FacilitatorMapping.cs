using System.Collections.Immutable;
using System.Globalization;
using RttNetwork.Contracts.Facilitators;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Facilitators and their credentials, both ways.</summary>
internal static class FacilitatorMapping
{
    public const int RolesMax = 8;
    public const int CredentialsMax = 32;

    public static (FacilitatorName Name, SiteName HomeSite, RegisterFacilitator Command) Read(Fields fields, CreateFacilitatorRequest request)
    {
        var parent = fields.Network("parent", request.Parent);
        var name = new FacilitatorName(parent.Network ?? "", fields.Id("facilitator_id", request.FacilitatorId));
        if (!fields.Has("facilitator", request.Facilitator)) return default;
        var facilitator = request.Facilitator;
        fields.NameIs("facilitator.name", facilitator.Name, name.ToString());
        var home = fields.Site("facilitator.home_site", facilitator.HomeSite);
        var roles = ImmutableArray.CreateBuilder<string>();
        if (fields.Count("facilitator.roles", facilitator.Roles.Count, 1, RolesMax))
        {
            for (var i = 0; i < facilitator.Roles.Count; i++) roles.Add(fields.Code($"facilitator.roles[{i}]", facilitator.Roles[i]));
            fields.Distinct("facilitator.roles", facilitator.Roles);
        }
        var credentials = ImmutableArray.CreateBuilder<CredentialView>();
        if (fields.Count("facilitator.credentials", facilitator.Credentials.Count, 0, CredentialsMax))
        {
            for (var i = 0; i < facilitator.Credentials.Count; i++)
            {
                var credential = facilitator.Credentials[i];
                if (Read(fields, $"facilitator.credentials[{i}]", credential) is not { } read) continue;
                if (!facilitator.Roles.Contains(credential.Role)) fields.Wrong($"facilitator.credentials[{i}].role", "must be one of the facilitator's roles");
                credentials.Add(read);
            }
            fields.Distinct("facilitator.credentials", facilitator.Credentials.Select(c => $"{c.Role} {c.Jurisdiction}"));
        }
        return (name, home, new RegisterFacilitator(home.Site, roles.ToImmutable(), credentials.ToImmutable()));
    }

    public static (FacilitatorName Name, RecordCredential Command) Read(Fields fields, RecordCredentialRequest request)
    {
        var name = fields.Facilitator("name", request.Name);
        return fields.Has("credential", request.Credential) ? (name, new RecordCredential(Read(fields, "credential", request.Credential)!)) : default;
    }

    public static (FacilitatorName Name, WithdrawCredential Command) Read(Fields fields, WithdrawCredentialRequest request) =>
        (fields.Facilitator("name", request.Name), new WithdrawCredential(
            fields.Code("role", request.Role),
            fields.Jurisdiction("jurisdiction", request.Jurisdiction),
            fields.Code("reason", request.Reason)));

    public static TrainingView? Read(Fields fields, string field, Training? training)
    {
        if (!fields.Has(field, training)) return null;
        var level = fields.Code($"{field}.level", training!.Level);
        var membership = fields.Code($"{field}.membership", training.Membership, required: false);
        var from = fields.RequiredDate($"{field}.valid_from", training.ValidFrom);
        var until = fields.Date($"{field}.valid_until", training.ValidUntil);
        if (until < from) fields.Wrong($"{field}.valid_until", "must not be before valid_from");
        return new TrainingView(level, membership, from, until);
    }

    private static CredentialView? Read(Fields fields, string field, Credential credential)
    {
        var role = fields.Code($"{field}.role", credential.Role);
        var jurisdiction = fields.Jurisdiction($"{field}.jurisdiction", credential.Jurisdiction);
        var from = fields.RequiredDate($"{field}.valid_from", credential.ValidFrom);
        var until = fields.Date($"{field}.valid_until", credential.ValidUntil);
        if (until < from) fields.Wrong($"{field}.valid_until", "must not be before valid_from");
        return new CredentialView(role, jurisdiction, from, until);
    }

    public static Facilitator ToWire(this FacilitatorView view, Caller caller, string? token = null)
    {
        var facilitator = new Facilitator
        {
            Name = new FacilitatorName(view.Network, view.Facilitator).ToString(),
            HomeSite = view.HomeSite.Length > 0 ? new SiteName(view.Network, view.HomeSite).ToString() : "",
            Etag = view.Version.ToString(CultureInfo.InvariantCulture),
            Token = token ?? "",
        };
        facilitator.Roles.AddRange(view.Roles);
        foreach (var credential in view.Credentials)
        {
            facilitator.Credentials.Add(new Credential
            {
                Role = credential.Role,
                Jurisdiction = credential.Jurisdiction,
                ValidFrom = credential.ValidFrom.ToWire(),
                ValidUntil = credential.ValidUntil.ToWire(),
            });
        }
        foreach (var assignment in view.Assignments)
        {
            facilitator.Assignments.Add(new Assignment
            {
                Cohort = CohortName.OfKey(assignment.Cohort).ToString(),
                Role = assignment.Role,
                FirstStartTime = assignment.FirstStart.ToWire(),
                LastEndTime = assignment.LastEnd.ToWire(),
            });
        }
        foreach (var training in view.Trainings)
        {
            facilitator.Trainings.Add(new Training
            {
                Level = training.Level,
                Membership = training.Membership,
                ValidFrom = training.ValidFrom.ToWire(),
                ValidUntil = training.ValidUntil.ToWire(),
            });
        }
        facilitator.AvailableActions.AddRange(Actions.OnFacilitator(caller.Scope, isAssigned: view.Assignments.Length > 0));
        return facilitator;
    }

    public static Facilitator ToWire(this FacilitatorRow row, Caller caller)
    {
        var facilitator = new Facilitator
        {
            Name = new FacilitatorName(caller.Network, row.Facilitator).ToString(),
            HomeSite = new SiteName(caller.Network, row.HomeSite).ToString(),
        };
        facilitator.Roles.AddRange(row.Roles);
        return facilitator;
    }
}
