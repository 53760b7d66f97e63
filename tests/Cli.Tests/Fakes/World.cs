using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Wire.V1;

namespace RttNetwork.Cli.Tests.Fakes;

internal sealed class World
{
    private readonly Dictionary<string, Participant> _people = [];
    private readonly Dictionary<string, Participant> _answers = [];

    public ConcurrentQueue<RegisterParticipantRequest> Registrations { get; } = new();

    public ConcurrentQueue<SearchSeatsRequest> Searches { get; } = new();

    public ConcurrentQueue<IMessage> SiteActs { get; } = new();

    public ConcurrentQueue<string> Screened { get; } = new();

    /// <summary>What a booking is answered with.</summary>
    public Func<BookSeatRequest, Seat> Book { get; set; } = request => new Seat { Cohort = request.Cohort, Participant = request.Participant, State = SeatState.Booked };

    /// <summary>What publishing a program is answered with.</summary>
    public Func<CreateProgramVersionRequest, RttNetwork.Wire.V1.Program> Publish { get; set; } = request => new RttNetwork.Wire.V1.Program { Template = request.Template };

    /// <summary>Every change of a pathway that came, as it came.</summary>
    public ConcurrentQueue<IMessage> Steps { get; } = new();

    /// <summary>Places at which the next lists of capacity are read; after those at the place of the whole.</summary>
    public ConcurrentQueue<string> CapacityTokens { get; } = new();

    /// <summary>Names of sites that the figures of the whole are without.</summary>
    public ConcurrentBag<string> WithheldSites { get; } = [];

    /// <summary>True makes every registration fail as a network that is gone does.</summary>
    public bool Gone { get; set; }

    public int People
    {
        get
        {
            lock (_people)
            {
                return _people.Values.Distinct().Count();
            }
        }
    }

    public Participant Register(RegisterParticipantRequest request)
    {
        Registrations.Enqueue(request);
        if (Gone)
        {
            throw new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "gone"));
        }

        if (request.Deceased)
        {
            throw FakeNetwork.Refuse(StatusCode.FailedPrecondition, "DECEASED", "The person has died.");
        }

        if (request.PersonalData.BirthDate.Year > 2008)
        {
            throw FakeNetwork.Refuse(StatusCode.FailedPrecondition, "UNDER_AGE", "The person is under 18.");
        }

        lock (_people)
        {
            if (_answers.TryGetValue(request.RequestId, out var answer))
            {
                return answer;
            }

            var keys = request.Identifiers.Select(i => $"{i.System}|{i.Value}").ToList();
            var known = keys.Select(_people.GetValueOrDefault).FirstOrDefault(p => p is not null);
            answer = known?.Clone() ?? new Participant { Name = $"networks/bc/participants/p{_people.Count}", Provisional = keys.Count == 0 };
            answer.AlreadyRegistered = known is not null;
            foreach (var key in keys)
            {
                _people.TryAdd(key, known ?? answer);
            }

            _answers[request.RequestId] = answer;
            return answer;
        }
    }
}
