using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Domain.Webhooks;
using RttNetwork.Grains.Privacy;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Webhooks;

/// <summary>The mailbox of a network's webhooks. Key: <see cref="Keys.Webhooks"/>.</summary>
[GrainType("webhooks"), Reentrant]
public sealed class WebhooksGrain(UnitServices services, PersonalCipher cipher, ReceiverAddresses addresses, IWebhookOutbox outbox)
    : JournalGrain<WebhooksState>(services), IWebhooksGrain
{
    public async Task<UnitAnswer<WebhookView>> Create(CreateWebhook command, Unit unit)
    {
        if (!IsWithinReach(unit.Caller, command.Site)) return UnitAnswer<WebhookView>.Of(Refusals.NotFound);
        // Asked before the turn: nobody waits for a name server.
        var hindrance = await addresses.Hindrance(command.Url);
        var created = new WebhookCreated(command.Webhook, command.Site, command.Url, command.Types, Signature.New(cipher, Network, command.Webhook));
        return Shown(await Finish(unit, state => UnitDecision<WebhooksState, WebhookView>.From(
            WebhookRules.Create(state, created, hindrance), null, (after, _) => after.Of(command.Webhook)!.ToViewWithSecret())));
    }

    public Task<UnitAnswer<WebhookView>> Delete(DeleteWebhook command, Unit unit) => Finish(unit, state => OfCallers(unit, state, command.Webhook) is { } webhook
        ? UnitDecision<WebhooksState, WebhookView>.From(WebhookRules.Delete(state, command.Webhook), null, (_, _) => webhook.ToView())
        : UnitDecision<WebhooksState, WebhookView>.Refused(Refusals.NotFound));

    public async Task<UnitAnswer<WebhookView>> Rotate(RotateWebhookSecret command, Unit unit)
    {
        var secret = Signature.New(cipher, Network, command.Webhook);
        return Shown(await Finish(unit, state => OfCallers(unit, state, command.Webhook) is not null
            ? UnitDecision<WebhooksState, WebhookView>.From(WebhookRules.Rotate(state, command.Webhook, secret), null, (after, _) => after.Of(command.Webhook)!.ToViewWithSecret())
            : UnitDecision<WebhooksState, WebhookView>.Refused(Refusals.NotFound)));
    }

    public Task<UnitAnswer<WebhookView>> Disable(DisableWebhook command, Unit unit) => Finish(unit, state => unit.Caller.Scope is CallerScope.System && state.Of(command.Webhook) is { } webhook
        ? UnitDecision<WebhooksState, WebhookView>.From(WebhookRules.Disable(state, command.Webhook), null, (after, _) => (after.Of(command.Webhook) ?? webhook).ToView())
        : UnitDecision<WebhooksState, WebhookView>.Refused(Refusals.NotFound));

    public async Task<UnitAnswer<WebhookView>> Redeliver(RedeliverWebhook command, Unit unit)
    {
        if (!unit.Caller.ReachesAll(Network)) return UnitAnswer<WebhookView>.Of(Refusals.NotFound);
        var hasFailed = await outbox.HasFailed(Network, command.Webhook, command.Delivery, CancellationToken.None);
        return await Finish(unit, state => UnitDecision<WebhooksState, WebhookView>.From(
            WebhookRules.Revive(state, command.Webhook, command.Delivery, hasFailed), null, (after, _) => after.Of(command.Webhook)!.ToView()));
    }

    public async Task<Page<WebhookView>> List(Caller caller, PageRequest page, string? site)
    {
        if (!IsWithinReach(caller, site ?? "")) return new Page<WebhookView>([], null, "", false);
        var answer = await Read((state, _) => new Listed([.. state.All.Values
            .Where(w => (site is null || w.Site == site) && (page.After is null || string.CompareOrdinal(w.Id, page.After) > 0)).Take(page.Size + 1).Select(w => w.ToView())]));
        if (answer.Value is not { Webhooks: var rows }) return new Page<WebhookView>([], null, "", Behind: true);
        var backlogs = await outbox.Backlogs(Network, CancellationToken.None);
        rows = [.. rows.Select(w => w with { Backlog = backlogs.GetValueOrDefault(w.Webhook) ?? WebhookBacklog.None })];
        return rows.Length > page.Size ? new Page<WebhookView>(rows[..page.Size], rows[page.Size - 1].Webhook, "", false) : new Page<WebhookView>(rows, null, "", false);
    }

    public async Task<Page<FailedDeliveryRow>> Failed(Caller caller, PageRequest page, string? site) =>
        IsWithinReach(caller, site ?? "") ? await outbox.Failed(Network, site, page, CancellationToken.None) : new Page<FailedDeliveryRow>([], null, "", false);

    /// <param name="site">Empty for every site, which is for the operator.</param>
    private bool IsWithinReach(Caller caller, string site) => site.Length == 0 ? caller.ReachesAll(Network) : caller.Reaches(Network, site);

    private Webhook? OfCallers(Unit unit, WebhooksState state, string webhook) => state.Of(webhook) is { } found && IsWithinReach(unit.Caller, found.Site) ? found : null;

    /// <summary>The one answer that has the secret. A dry run has none: what it would be is not known before.</summary>
    private UnitAnswer<WebhookView> Shown(UnitAnswer<WebhookView> answer) => answer.Reply is not { SealedSecret.Length: > 0 } made ? answer : answer with
    {
        Reply = made with
        {
            SealedKey = "",
            SealedSecret = "",
            Secret = answer.Outcome is UnitOutcome.WouldBeAccepted
                ? ""
                : Signature.SecretPrefix + Convert.ToBase64String(Signature.Open(cipher, Network, made.Webhook, new SealedSecret(made.SealedKey, made.SealedSecret))),
        },
    };

    private sealed record Listed(System.Collections.Immutable.ImmutableArray<WebhookView> Webhooks);
}
