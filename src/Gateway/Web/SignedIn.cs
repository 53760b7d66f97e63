using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;
using RttNetwork.Contracts.Units;
using RttNetwork.Gateway.Authorization;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>Who is signed in, and the wire's methods as that caller may use them: what a page shows and does, it shows and does by these.</summary>
internal sealed class SignedIn(Caller caller, CallInvoker calls)
{
    public Caller Caller => caller;

    /// <summary>networks/{network}</summary>
    public string Network { get; } = $"networks/{caller.Network}";

    public Capacity.CapacityClient Capacity { get; } = new(calls);
    public Cohorts.CohortsClient Cohorts { get; } = new(calls);
    public Operations.OperationsClient Operations { get; } = new(calls);
    public Participants.ParticipantsClient Participants { get; } = new(calls);
    public Pathways.PathwaysClient Pathways { get; } = new(calls);
    public Referrals.ReferralsClient Referrals { get; } = new(calls);
    public Sessions.SessionsClient Sessions { get; } = new(calls);
    public Sites.SitesClient Sites { get; } = new(calls);
    public WaitLists.WaitListsClient WaitLists { get; } = new(calls);

    /// <summary>Whether this caller may call a method at all: a page leaves out what it could only be refused.</summary>
    public bool May(string method) => MethodRules.All[method].IsOpenTo(caller.Scope);

    public static SignedIn Of(HttpContext http) => http.Features.GetRequiredFeature<SignedIn>();
}
