using System.Collections.Immutable;
using System.Globalization;
using Grpc.Core;
using NodaTime;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Gateway.Mapping;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Watches;

/// <param name="Seal">What a resume token is of.</param>
internal sealed record WatchedCapacity(string Network, CapacityAsk Ask, string Seal);

/// <summary>Where a stream has been: the place in the feed, the instant at which the figures were judged, and the build of the tables that they were read in.</summary>
internal sealed record CapacityResume(FeedPlace Place, Instant AsOf, long Build)
{
    /// <summary>Of a text that was sealed here.</summary>
    public static CapacityResume Parse(string text)
    {
        var parts = text.Split(' ');
        var place = new FeedPlace(int.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
        return new(place, Instant.FromUnixTimeTicks(long.Parse(parts[3], CultureInfo.InvariantCulture)), long.Parse(parts[4], CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Place.Epoch} {Place.Xid} {Place.Position} {AsOf.ToUnixTimeTicks()} {Build}");
}

/// <summary>
/// One stream: all rows, and then those that differ from what was sent. What it keeps is the list as its reader has it, one row a name: however slowly that reader reads,
/// nothing waits, and what it gets next is the newest.
/// </summary>
internal sealed class CapacityStream(
    WatchServices services, WatchedCapacity list, Call call, ServerCallContext context, CapacityWatch watch, IServerStreamWriter<WatchCapacityResponse> to, CancellationToken end)
{
    /// <summary>Rows of one message.</summary>
    private const int RowsMax = 500;

    /// <summary>A token is too old when more entries than this have come after it, in steps of <see cref="CapacityChangesAsk.EntriesMax"/>: all rows cost less.</summary>
    private const int ResumeStepsMax = 4;

    private readonly Dictionary<string, CapacityFigures> _known = new(StringComparer.Ordinal);

    public async Task Run(CapacityResume? from)
    {
        var (moment, changed) = await Begin(from);
        if (from is not null && await TouchedSince(from, moment) is { } touched)
        {
            var figures = moment.Figures(list.Ask, call.Caller);
            foreach (var row in figures) _known[row.Figures.Key] = row.Figures;
            // A row that all its cohorts have left is gone with the day, and then everything begins anew.
            await Send([.. figures.Where(f => touched.Contains(f.Figures.Key))], [], reset: false, moment);
        }
        else
            await SendAll(moment);
        var sentAt = services.Time.GetTimestamp();
        while (!call.IsJson)
        {
            var left = services.Options.WatchHeartbeat - services.Time.GetElapsedTime(sentAt);
            await Wait(changed, left > TimeSpan.Zero ? left : TimeSpan.Zero);
            if (watch.SilentFor > WatchServices.SilentMax) throw new WatchEndedException(Failure.ReadUnavailable);
            var before = moment;
            (moment, changed) = Look();
            if (moment.History != before.History || moment.Place.Epoch != before.Place.Epoch) await SendAll(moment);
            else if (!await SendWhatDiffers(moment, heartbeat: services.Time.GetElapsedTime(sentAt) >= services.Options.WatchHeartbeat || moment.StaleSince is null != before.StaleSince is null || !Withheld(moment).AsSpan().SequenceEqual(Withheld(before).AsSpan()))) continue;
            sentAt = services.Time.GetTimestamp();
        }
    }

    /// <summary>The first moment that is not before what the client has.</summary>
    private async Task<(CapacityMoment Moment, Task Changed)> Begin(CapacityResume? from)
    {
        var began = services.Time.GetTimestamp();
        while (true)
        {
            var (moment, changed) = watch.Look();
            if (moment is not null && (from is null || from.Place.Epoch != moment.Place.Epoch || !(from.Place > moment.Place))) return (moment, changed);
            var left = Call.TimeMax.ToTimeSpan() - services.Time.GetElapsedTime(began);
            // A place that the feed does not come to is none of this history.
            if (left <= TimeSpan.Zero) return moment is null ? throw new WatchEndedException(Failure.ReadUnavailable) : (moment, changed);
            await Wait(changed, moment is null || left < services.Options.WatchInterval ? left : services.Options.WatchInterval);
        }
    }

    /// <summary>The rows in which something has changed since, by events or by time; null when that cannot be said, and all must be sent.</summary>
    private async Task<HashSet<string>?> TouchedSince(CapacityResume from, CapacityMoment moment)
    {
        // That something has happened is told to whoever is told everything: of a row that is sent again as it was, others would learn of one person.
        if (!CapacityRollUp.IsToldAll(call.Caller, list.Ask)) return null;
        if (from.Place.Epoch != moment.Place.Epoch || from.Build != moment.Build || from.Place > moment.Place || CapacityRollUp.Today(from.AsOf) != CapacityRollUp.Today(moment.AsOf)) return null;
        var touched = new HashSet<string>(StringComparer.Ordinal);
        // What was said may have been judged later than what is known now: figures that are stale are of the time since which they are.
        var (since, until) = (Instant.Min(from.AsOf, moment.AsOf), Instant.Max(from.AsOf, moment.AsOf));
        foreach (var row in moment.Rows.Values)
        {
            if (CapacityRollUp.LapsesAfter(row, since) <= until) touched.Add(CapacityRollUp.KeyOf(row, list.Ask.By));
        }
        var place = from.Place;
        for (var step = 0; step < ResumeStepsMax; step++)
        {
            // Read after the moment was: what has changed up to it is in what is read.
            var read = await services.Grains.Of<IViewsGrain>(list.Network)
                .CapacityChanges(CapacityFeeds.Reader(list.Network), new CapacityChangesAsk(place, null, from.Build)).WaitAsync(Call.TimeMax.ToTimeSpan(), services.Time, end);
            if (read.Reset) return null;
            foreach (var row in read.Rows) touched.Add(CapacityRollUp.KeyOf(row, list.Ask.By));
            if (!read.More) return touched;
            place = read.Place;
        }
        return null;
    }

    private Task SendAll(CapacityMoment moment)
    {
        _known.Clear();
        var figures = moment.Figures(list.Ask, call.Caller);
        foreach (var row in figures) _known[row.Figures.Key] = row.Figures;
        return Send([.. figures], [], reset: true, moment);
    }

    /// <summary>False when there was nothing to say.</summary>
    private async Task<bool> SendWhatDiffers(CapacityMoment moment, bool heartbeat)
    {
        var figures = moment.Figures(list.Ask, call.Caller);
        var changed = figures.Where(f => !f.Figures.Equals(_known.GetValueOrDefault(f.Figures.Key))).ToList();
        var removed = _known.Count + changed.Count(f => !_known.ContainsKey(f.Figures.Key)) == figures.Length ? [] : _known.Keys.Except(figures.Select(f => f.Figures.Key)).ToList();
        if (changed.Count == 0 && removed.Count == 0 && !heartbeat) return false;
        foreach (var row in changed) _known[row.Figures.Key] = row.Figures;
        foreach (var key in removed) _known.Remove(key);
        await Send(changed, removed, reset: false, moment);
        return true;
    }

    private async Task Send(List<ShownFigures> rows, List<string> removed, bool reset, CapacityMoment moment)
    {
        for (var sent = 0; ; sent += RowsMax)
        {
            // What the token allows ends with it, also for whoever has begun to read.
            if ((await services.Tokens.Judge(context.GetHttpContext().Request.Headers.Authorization, services.Time.GetUtcNow())).Failure is { } failure) throw new WatchEndedException(failure);
            var message = new WatchCapacityResponse { Reset = reset && sent == 0 };
            foreach (var row in rows.Skip(sent).Take(RowsMax)) message.Figures.Add(row.Wire);
            var isLast = sent + RowsMax >= rows.Count;
            if (isLast)
            {
                message.Removed.Add(removed.Select(key => CapacityMapping.NameOf(key, list.Network, list.Ask.By)));
                message.Token = string.Create(CultureInfo.InvariantCulture, $"{moment.Place.Xid}.{moment.Place.Position}");
                message.ResumeToken = services.Pages.Seal(list.Seal, new CapacityResume(moment.Place, moment.AsOf, moment.Build).ToString());
                message.AsOfTime = moment.AsOf.ToWire();
                message.StaleSinceTime = moment.StaleSince.ToWire();
                message.WithheldSites.Add(CapacityMapping.Names(list.Network, Withheld(moment)));
            }
            await services.Send(to, message, end);
            if (isLast) return;
        }
    }

    private ImmutableArray<string> Withheld(CapacityMoment moment) => moment.WithheldFrom(call.Caller, list.Ask.Region);

    private (CapacityMoment Moment, Task Changed) Look() => watch.Look() is ({ } moment, var changed) ? (moment, changed) : throw new InvalidOperationException("What was known is not any more.");

    private async Task Wait(Task changed, TimeSpan patience)
    {
        try
        {
            await changed.WaitAsync(patience, services.Time, end);
        }
        catch (TimeoutException)
        {
            // Nothing has come: the stream says so.
        }
    }
}
