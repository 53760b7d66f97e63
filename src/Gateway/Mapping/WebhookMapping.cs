using System.Collections.Immutable;
using RttNetwork.Contracts.Webhooks;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Webhooks between the wire and the contracts.</summary>
internal static class WebhookMapping
{
    private const int UrlLengthMax = 1024;
    private const int TypesMax = 32;
    private const int DeliveryLengthMax = 64;

    /// <summary>What a webhook can tell of. The domain has the same list; a test holds the two together.</summary>
    public static ImmutableArray<string> EventTypes { get; } =
    [
        "offer.made", "offer.accepted", "offer.declined", "offer.lapsed", "offer.withdrawn",
        "referral.sent", "referral.received", "referral.triaged", "referral.accepted", "referral.declined", "referral.expired", "referral.cancel_requested", "referral.withdrawn", "referral.completed",
    ];

    /// <summary>A URL as far as its letters tell. Whether it may be sent to is the silo's to say, which finds the host.</summary>
    public static string Url(Fields fields, string field, string value)
    {
        const string wrong = "must be a URL of at most 1024 ASCII characters that begins with https://, without a user or a fragment";
        if (fields.Ascii(field, value, UrlLengthMax, wrong).Length == 0) return "";
        var good = !value.Contains(' ', StringComparison.Ordinal) && Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri is { UserInfo: "", Fragment: "", Host.Length: > 0 };
        return good ? value : fields.Wrong(field, wrong, "");
    }

    public static ImmutableArray<string> Types(Fields fields, string field, IReadOnlyList<string> values)
    {
        if (!fields.Count(field, values.Count, 0, TypesMax)) return [];
        for (var i = 0; i < values.Count; i++)
        {
            if (!EventTypes.Contains(values[i])) fields.Wrong($"{field}[{i}]", $"must be one of {string.Join(", ", EventTypes)}");
        }
        fields.Distinct(field, values);
        return [.. values];
    }

    public static string Delivery(Fields fields, string field, string value) => fields.Ascii(field, value, DeliveryLengthMax, "must be the webhook-id of a delivery");

    public static Webhook ToWire(this WebhookView view, string network, string? token = null)
    {
        var webhook = new Webhook
        {
            Name = new WebhookName(network, view.Webhook).ToString(),
            Site = $"networks/{network}/sites/{(view.Site.Length > 0 ? view.Site : "-")}",
            Url = view.Url,
            CreateTime = view.CreatedAt.ToWire(),
            Disabled = view.Disabled,
            Secret = view.Secret,
            Token = token ?? "",
            WaitingDeliveries = view.Backlog.Waiting,
            FailedDeliveries = view.Backlog.GivenUp,
            DroppedDeliveries = view.Backlog.Dropped,
            Slow = view.Backlog.Slow,
        };
        webhook.EventTypes.AddRange(view.Types);
        return webhook;
    }

    public static FailedDelivery ToWire(this FailedDeliveryRow row, string network) => new()
    {
        Webhook = new WebhookName(network, row.Webhook).ToString(),
        Delivery = row.Delivery,
        EventType = row.Type,
        Body = row.Body,
        Attempts = row.Attempts,
        LastResult = row.LastResult,
        HappenTime = row.HappenedAt.ToWire(),
        FailTime = row.FailedAt.ToWire(),
    };
}
