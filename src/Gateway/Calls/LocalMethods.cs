using System.Collections.Frozen;
using Grpc.Core;
using RttNetwork.Gateway.Services;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Calls;

/// <summary>What the wire's services do, by the full name of the method, for whoever asks within this process.</summary>
internal sealed class LocalMethods
{
    private readonly FrozenDictionary<string, Delegate> _methods;

    public LocalMethods(
        SitesService sites, ParticipantsService participants, CohortsService cohorts, CapacityService capacity, ReferralsService referrals, SessionsService sessions, WaitListsService waitLists,
        PathwaysService pathways, OperationsService operations)
    {
        var binder = new Binder();
        Sites.BindService(binder, sites);
        Participants.BindService(binder, participants);
        Cohorts.BindService(binder, cohorts);
        Capacity.BindService(binder, capacity);
        Referrals.BindService(binder, referrals);
        Sessions.BindService(binder, sessions);
        WaitLists.BindService(binder, waitLists);
        Pathways.BindService(binder, pathways);
        Operations.BindService(binder, operations);
        _methods = binder.Methods.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public UnaryServerMethod<TRequest, TResponse> Unary<TRequest, TResponse>(string fullName)
        where TRequest : class
        where TResponse : class
        => (UnaryServerMethod<TRequest, TResponse>)_methods[fullName];

    public ServerStreamingServerMethod<TRequest, TResponse> Stream<TRequest, TResponse>(string fullName)
        where TRequest : class
        where TResponse : class
        => (ServerStreamingServerMethod<TRequest, TResponse>)_methods[fullName];

    private sealed class Binder : ServiceBinderBase
    {
        public Dictionary<string, Delegate> Methods { get; } = new(StringComparer.Ordinal);

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) => Methods[method.FullName] = handler!;

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) => Methods[method.FullName] = handler!;
    }
}
