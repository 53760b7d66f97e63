using Google.Protobuf;
using Grpc.Core;
using RttNetwork.Load.Http2;
using RttNetwork.Load.Worlds;
using RttNetwork.Wire.V1;

namespace RttNetwork.Load.Calls;

/// <summary>What one client does, one request after the other. Used by one thread at a time.</summary>
internal interface IWork
{
    /// <summary>The next request; false when there is none left. The message is used up before the next one is asked for.</summary>
    bool TryNext(out string path, out IMessage request);

    /// <summary>What became of it.</summary>
    void Ended(in Reply reply);
}

/// <summary>Books seats for people who were never touched before.</summary>
internal sealed class ColdBookings(Draw draw, ulong seed) : IWork
{
    private readonly BookSeatRequest _request = new();
    private ulong _random = Draw.Mix(seed);

    public bool TryNext(out string path, out IMessage request)
    {
        (path, request) = (Methods.Book, _request);
        if (!draw.TryNext(ref _random, out var cohort, out var person)) return false;
        _request.Cohort = cohort;
        _request.Participant = person;
        _request.RequestId = RequestIds.Next(ref _random);
        return true;
    }

    public void Ended(in Reply reply)
    {
    }
}

/// <summary>Books a seat in one cohort and cancels it again, with a few people of its own, so that the cohort never fills.</summary>
/// <param name="participants">The client's own people.</param>
internal sealed class BookAndCancel(string cohort, string[] participants, ulong seed) : IWork
{
    private readonly BookSeatRequest _book = new() { Cohort = cohort };
    private readonly CancelSeatRequest _cancel = new() { Cohort = cohort, Reason = "person-cancelled" };
    private ulong _random = Draw.Mix(seed);
    private int _at;
    private bool _isBooked;

    public bool TryNext(out string path, out IMessage request)
    {
        var participant = participants[_at % participants.Length];
        if (_isBooked)
        {
            (_cancel.Participant, _cancel.RequestId) = (participant, RequestIds.Next(ref _random));
            (path, request) = (Methods.Cancel, _cancel);
        }
        else
        {
            (_book.Participant, _book.RequestId) = (participant, RequestIds.Next(ref _random));
            (path, request) = (Methods.Book, _book);
        }
        return true;
    }

    public void Ended(in Reply reply)
    {
        if (reply.Status == StatusCode.OK)
        {
            if (_isBooked) _at++;
            _isBooked = !_isBooked;
        }
        else if (_isBooked)
        {
            // Whether the seat is cancelled is not known: the next person's turn.
            _isBooked = false;
            _at++;
        }
        else
        {
            _at++;
        }
    }
}

/// <summary>Reads cohorts, each as likely as the other.</summary>
internal sealed class Reads(string[] cohorts, ulong seed) : IWork
{
    private readonly GetCohortRequest _request = new();
    private ulong _random = Draw.Mix(seed);

    public bool TryNext(out string path, out IMessage request)
    {
        _random = Draw.Mix(_random);
        _request.Name = cohorts[_random % (ulong)cohorts.Length];
        (path, request) = (Methods.Get, _request);
        return true;
    }

    public void Ended(in Reply reply)
    {
    }
}

/// <summary>A list of bookings that many clients take from, until none is left; counts the seats that were given.</summary>
internal sealed class RushList(IReadOnlyList<(int Cohort, string CohortName, string Participant)> bookings, int cohorts)
{
    private readonly int[] _seats = new int[cohorts];
    private int _next = -1;

    public int Count => bookings.Count;

    /// <summary>Seats given by cohort.</summary>
    public IReadOnlyList<int> SeatsGiven => _seats;

    public IWork Client(ulong seed) => new Work(this, seed);

    private sealed class Work(RushList list, ulong seed) : IWork
    {
        private readonly BookSeatRequest _request = new();
        private ulong _random = Draw.Mix(seed);
        private int _at;

        public bool TryNext(out string path, out IMessage request)
        {
            (path, request) = (Methods.Book, _request);
            _at = Interlocked.Increment(ref list._next);
            if (_at >= list.Count) return false;
            (_, _request.Cohort, _request.Participant) = list.Booking(_at);
            _request.RequestId = RequestIds.Next(ref _random);
            return true;
        }

        public void Ended(in Reply reply)
        {
            if (reply.Status == StatusCode.OK) Interlocked.Increment(ref list._seats[list.Booking(_at).Cohort]);
        }
    }

    private (int Cohort, string CohortName, string Participant) Booking(int at) => bookings[at];
}

/// <summary>Request ids out of a random sequence.</summary>
internal static class RequestIds
{
    public static string Next(ref ulong random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random = Draw.Mix(random);
        BitConverter.TryWriteBytes(bytes, random);
        random = Draw.Mix(random);
        BitConverter.TryWriteBytes(bytes[8..], random);
        return new Guid(bytes).ToString();
    }
}

/// <summary>Books a seat in one of many cohorts for one of its own people, and cancels it again.</summary>
internal sealed class BookAndCancelAnywhere(string[] cohorts, string[] people, ulong seed) : IWork
{
    private readonly BookSeatRequest _book = new();
    private readonly CancelSeatRequest _cancel = new() { Reason = "person-cancelled" };
    private ulong _random = Draw.Mix(seed);
    private bool _isBooked;

    public bool TryNext(out string path, out IMessage request)
    {
        if (_isBooked)
        {
            (_cancel.Cohort, _cancel.Participant, _cancel.RequestId) = (_book.Cohort, _book.Participant, RequestIds.Next(ref _random));
            (path, request) = (Methods.Cancel, _cancel);
            return true;
        }
        _random = Draw.Mix(_random);
        _book.Cohort = cohorts[_random % (ulong)cohorts.Length];
        _random = Draw.Mix(_random);
        _book.Participant = people[_random % (ulong)people.Length];
        _book.RequestId = RequestIds.Next(ref _random);
        (path, request) = (Methods.Book, _book);
        return true;
    }

    public void Ended(in Reply reply) => _isBooked = reply.Status == StatusCode.OK && !_isBooked;
}

/// <summary>Books a seat for any of many people in any of many cohorts.</summary>
internal sealed class BookAnywhere(string[] cohorts, string[] people, ulong seed) : IWork
{
    private readonly BookSeatRequest _request = new();
    private ulong _random = Draw.Mix(seed);

    public bool TryNext(out string path, out IMessage request)
    {
        _random = Draw.Mix(_random);
        _request.Cohort = cohorts[_random % (ulong)cohorts.Length];
        _random = Draw.Mix(_random);
        _request.Participant = people[_random % (ulong)people.Length];
        _request.RequestId = RequestIds.Next(ref _random);
        (path, request) = (Methods.Book, _request);
        return true;
    }

    public void Ended(in Reply reply)
    {
    }
}

/// <summary>A list of calls that many clients take from, until none is left.</summary>
internal sealed class CallList(IReadOnlyList<(string Path, IMessage Request)> calls)
{
    private int _next = -1;

    public IWork Client() => new Work(this);

    private bool TryNext(out string path, out IMessage request)
    {
        (path, request) = ("", null!);
        var at = Interlocked.Increment(ref _next);
        if (at >= calls.Count) return false;
        (path, request) = calls[at];
        return true;
    }

    private sealed class Work(CallList list) : IWork
    {
        public bool TryNext(out string path, out IMessage request) => list.TryNext(out path, out request);

        public void Ended(in Reply reply)
        {
        }
    }
}
