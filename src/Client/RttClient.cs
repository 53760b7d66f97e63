using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using RttNetwork.Wire.V1;

namespace RttNetwork.Client;

/// <summary>
/// A connection to one network's gateway. Safe to share between threads; keep one for as long as the process talks to the network.
/// Calls throw <see cref="RttException"/>, and only that, when the network does not do what was asked.
/// </summary>
public sealed class RttClient : IDisposable
{
    private readonly GrpcChannel _channel;

    private RttClient(GrpcChannel channel, CallInvoker invoker)
    {
        _channel = channel;
        Invoker = invoker;
        Sites = new Sites.SitesClient(invoker);
        Facilitators = new Facilitators.FacilitatorsClient(invoker);
        Participants = new Participants.ParticipantsClient(invoker);
        Cohorts = new Cohorts.CohortsClient(invoker);
        Programs = new Programs.ProgramsClient(invoker);
        Plans = new Plans.PlansClient(invoker);
        Appointments = new Appointments.AppointmentsClient(invoker);
        WaitLists = new WaitLists.WaitListsClient(invoker);
        Webhooks = new Webhooks.WebhooksClient(invoker);
        Calendars = new Calendars.CalendarsClient(invoker);
        Trainings = new Trainings.TrainingsClient(invoker);
        Times = new Times.TimesClient(invoker);
        Pathways = new Pathways.PathwaysClient(invoker);
        Measures = new Measures.MeasuresClient(invoker);
        Safety = new Safety.SafetyClient(invoker);
        Capacity = new Capacity.CapacityClient(invoker);
        Referrals = new Referrals.ReferralsClient(invoker);
        Rehoming = new Rehoming.RehomingClient(invoker);
        Sessions = new Sessions.SessionsClient(invoker);
    }

    /// <summary>
    /// Headers of a first attempt that may be a repeat, because its request id comes from somewhere else: the network then looks
    /// for the receipt before it decides.
    /// </summary>
    public static Metadata Repeat => new() { { CallRules.AttemptHeader, "1" } };

    /// <summary>Sites, their rooms and accreditations.</summary>
    public Sites.SitesClient Sites { get; }

    /// <summary>Facilitators and their credentials.</summary>
    public Facilitators.FacilitatorsClient Facilitators { get; }

    /// <summary>The people who take part.</summary>
    public Participants.ParticipantsClient Participants { get; }

    /// <summary>Cohorts, seats and staffing.</summary>
    public Cohorts.CohortsClient Cohorts { get; }

    /// <summary>Programs and the rule packs that plans are held to.</summary>
    public Programs.ProgramsClient Programs { get; }

    /// <summary>Whole cohorts from a program's template.</summary>
    public Plans.PlansClient Plans { get; }

    /// <summary>Sessions of one seat.</summary>
    public Appointments.AppointmentsClient Appointments { get; }

    /// <summary>Who waits for a cohort, and offers of its seats.</summary>
    public WaitLists.WaitListsClient WaitLists { get; }

    /// <summary>Addresses that are told of offers and referrals.</summary>
    public Webhooks.WebhooksClient Webhooks { get; }

    /// <summary>Links to calendar feeds.</summary>
    public Calendars.CalendarsClient Calendars { get; }

    /// <summary>Levels of training, and the program that ends in one.</summary>
    public Trainings.TrainingsClient Trainings { get; }

    /// <summary>What another zone database does to sessions.</summary>
    public Times.TimesClient Times { get; }

    /// <summary>The way of a person through a program.</summary>
    public Pathways.PathwaysClient Pathways { get; }

    /// <summary>Outcome measures, and the alerts that they raise.</summary>
    public Measures.MeasuresClient Measures { get; }

    /// <summary>Seats, and how many people take and wait for them.</summary>
    public Capacity.CapacityClient Capacity { get; }

    /// <summary>Referrals between sites, and transfers between cohorts.</summary>
    public Referrals.ReferralsClient Referrals { get; }

    /// <summary>Plans by which people go elsewhere when something closes.</summary>
    public Rehoming.RehomingClient Rehoming { get; }

    /// <summary>Safety events, their clocks, and who knows of them.</summary>
    public Safety.SafetyClient Safety { get; }

    /// <summary>The doors of sessions.</summary>
    public Sessions.SessionsClient Sessions { get; }

    /// <summary>The same rules of deadline, identity and retry for any other service of the gateway, its health among them.</summary>
    public CallInvoker Invoker { get; }

    /// <summary>Makes a client. Nothing is sent until the first call.</summary>
    /// <exception cref="ArgumentException">A token would travel in the open to another machine.</exception>
    public static RttClient Create(RttClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Token is not null && !options.TokenInPlaintextAllowed
            && options.Endpoint.Scheme == Uri.UriSchemeHttp && !options.Endpoint.IsLoopback)
        {
            throw new ArgumentException(
                $"{options.Endpoint} is not encrypted and not this machine: a token sent there could be read on the way. Use https.", nameof(options));
        }

        var channel = GrpcChannel.ForAddress(options.Endpoint, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                KeepAlivePingDelay = options.KeepAlivePingDelay,
                KeepAlivePingTimeout = options.KeepAlivePingTimeout,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                ConnectTimeout = options.ConnectTimeout,
                PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
                EnableMultipleHttp2Connections = true,
                // A proxy set for the web is no way to a clinic's network, least of all to a gateway on this machine.
                UseProxy = false,
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = options.MessageBytesMax,
            MaxSendMessageSize = options.MessageBytesMax,
            // The library's own retries know no request ids: ours, in CallRules, do.
            MaxRetryAttempts = null,
            ServiceConfig = null,
        });
        return new RttClient(channel, channel.Intercept(new CallRules(options)));
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
