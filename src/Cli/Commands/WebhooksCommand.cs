using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using RttNetwork.Cli.Connection;
using RttNetwork.Cli.Output;
using RttNetwork.Client;
using RttNetwork.Wire.V1;
using Spectre.Console;

namespace RttNetwork.Cli.Commands;

/// <summary><c>rtt webhooks</c>: addresses that the network tells of offers and referrals, and what could not be delivered to them.</summary>
internal static class WebhooksCommand
{
    public static Command Create(Surroundings surroundings) => new("webhooks", "Addresses that are told of offers and of changes of referrals (Standard Webhooks), and what could not be delivered.")
    {
        Make(surroundings),
        List(surroundings),
        Change(surroundings, "delete", "Deletes a webhook: nothing is sent there any more, also not what waits.", (to, ask) => to.Client.Webhooks.DeleteWebhookAsync(
            new DeleteWebhookRequest { Name = ask.Name, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel), "deleted"),
        Change(surroundings, "rotate", "Signs with a new secret, shown once; for a day with the old one too.", (to, ask) => to.Client.Webhooks.RotateWebhookSecretAsync(
            new RotateWebhookSecretRequest { Name = ask.Name, RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel), "rotated"),
        Failed(surroundings),
        Redeliver(surroundings),
    };

    private static Command Make(Surroundings surroundings)
    {
        var url = new Argument<string>("url") { Description = "Where to POST: https, on the public internet", HelpName = "URL" };
        var site = Site("The site whose events are told [the token's, when it has one; else every site]");
        var events = new Option<string[]>("--event") { Description = "offer.made, referral.sent, ...; may be repeated [all]", HelpName = "TYPE", AllowMultipleArgumentsPerToken = true };
        return NamedChange.Of(surroundings, new Command("create", "Makes a webhook. Its secret is shown once.") { url }, null, (_, _) => "", (to, run, ask) =>
        {
            var request = new CreateWebhookRequest { Parent = Parent(run.Get(site), to), Url = run.Get(url), RequestId = ask.RequestId, ValidateOnly = ask.DryRun };
            request.EventTypes.AddRange(run.Get(events) ?? []);
            return to.Client.Webhooks.CreateWebhookAsync(request, ask.Headers, cancellationToken: ask.Cancel);
        }, webhook => Told(webhook, "made"), site, events);
    }

    private static Command List(Surroundings surroundings)
    {
        var site = Site("The site [the token's, when it has one; else every webhook of the network]");
        var limit = Paging.Limit();
        var command = new Command("list", "Lists webhooks, without their secrets.") { site, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var webhooks = await Paging.All<Webhook>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Webhooks.ListWebhooksAsync(new ListWebhooksRequest { Parent = Parent(run.Get(site), to), PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.Webhooks, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(webhooks), console =>
            {
                var table = Tables.Of("WEBHOOK", "SITE", "URL", "EVENTS", "SINCE", "WAITING", "GIVEN UP", "");
                foreach (var w in webhooks)
                {
                    table.AddRow(
                        ResourceName.Id(w.Name).Cell(), ResourceName.Id(w.Site).Cell(), w.Url.Cell(), (w.EventTypes.Count == 0 ? "all" : string.Join(", ", w.EventTypes)).Cell(),
                        WireJson.Instant(w.CreateTime).Cell(),
                        w.WaitingDeliveries.ToString(CultureInfo.InvariantCulture).Cell(), w.FailedDeliveries.ToString(CultureInfo.InvariantCulture).Cell(), State(w).Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Failed(Surroundings surroundings)
    {
        var site = Site("Of the webhooks of this site [the token's, when it has one; else of all]");
        var limit = Paging.Limit();
        var command = new Command("failed", "Lists deliveries that were given up, the latest first.") { site, limit };
        var connection = new ConnectionOptions().AddTo(command);
        command.Does(surroundings, async run =>
        {
            using var to = connection.Open(run);
            var failed = await Paging.All<FailedDelivery>(run, limit, async (page, token) =>
            {
                var reply = await to.Client.Webhooks.ListFailedDeliveriesAsync(
                    new ListFailedDeliveriesRequest { Parent = Parent(run.Get(site), to), PageSize = page, PageToken = token }, cancellationToken: run.Cancel);
                return (reply.Deliveries, reply.NextPageToken);
            });
            run.Report.Result(() => WireJson.Of(failed), console =>
            {
                var table = Tables.Of("WEBHOOK", "DELIVERY", "EVENT", "HAPPENED", "ATTEMPTS", "LAST", "GIVEN UP");
                foreach (var f in failed)
                {
                    table.AddRow(
                        ResourceName.Id(f.Webhook).Cell(), f.Delivery.Cell(), f.EventType.Cell(), WireJson.Instant(f.HappenTime).Cell(), f.Attempts.ToString(CultureInfo.InvariantCulture).Cell(),
                        f.LastResult.Cell(), WireJson.Instant(f.FailTime).Cell());
                }

                console.Write(table);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Redeliver(Surroundings surroundings)
    {
        var name = Argument();
        var delivery = new Argument<string>("delivery") { Description = "The delivery, as 'webhooks failed' shows it", HelpName = "DELIVERY" };
        return NamedChange.Of(surroundings, new Command("redeliver", "Tries a delivery again that was given up, from the beginning.") { name, delivery }, name, Whole, (to, run, ask) =>
            to.Client.Webhooks.RedeliverWebhookAsync(
                new RedeliverWebhookRequest { Name = ask.Name, Delivery = run.Get(delivery), RequestId = ask.RequestId, ValidateOnly = ask.DryRun }, ask.Headers, cancellationToken: ask.Cancel),
            webhook => Told(webhook, "tries it again"));
    }

    private static Command Change(Surroundings surroundings, string verb, string description, Func<Connected, NamedAsk, AsyncUnaryCall<Webhook>> call, string done)
    {
        var name = Argument();
        return NamedChange.Of(surroundings, new Command(verb, description) { name }, name, Whole, (to, _, ask) => call(to, ask), webhook => Told(webhook, done));
    }

    private static string State(Webhook webhook) => webhook switch
    {
        { Disabled: true } => "DISABLED: the receiver is gone",
        { DroppedDeliveries: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{webhook.DroppedDeliveries} LOST: too many were given up to list them"),
        { Slow: true } => "slow or failing: one at a time",
        _ => "",
    };

    private static string Told(Webhook webhook, string done) => webhook.Secret.Length > 0
        ? $"{ResourceName.Id(webhook.Name)}: {done}. Its secret, which is not shown again: {webhook.Secret}"
        : $"{ResourceName.Id(webhook.Name)}: {done}";

    /// <summary>A site's name; every site's for an operator who names none.</summary>
    private static string Parent(string? site, Connected to) => site is null && to.Site is null ? $"{ResourceName.Network(to.Network)}/sites/-" : to.SiteName(site);

    private static Option<string?> Site(string description) => new("--site") { Description = description, HelpName = "S" };

    private static Argument<string> Argument() => new("webhook") { Description = "The webhook's id, or its whole name", HelpName = "WEBHOOK" };

    private static string Whole(string? text, Connected to) => text?.Split('/') switch
    {
        ["networks", _, "webhooks", _] => text,
        [{ Length: > 0 } id] => $"{ResourceName.Network(to.Network)}/webhooks/{id}",
        _ => throw new UsageException($"'{text}' is no webhook. Write its id as 'webhooks list' shows it."),
    };
}
