using System.Globalization;
using NodaTime;
using RttNetwork.Contracts.Sites;
using RttNetwork.Contracts.Units;
using RttNetwork.Contracts.Views;
using RttNetwork.Gateway.Calls;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Mapping;

/// <summary>Sites, rooms and accreditations, both ways.</summary>
internal static class SiteMapping
{
    public const int DisplayNameLengthMax = 120;
    public const int OccupancyMax = 200;

    /// <summary>Of languages, and of what makes a site accessible.</summary>
    public const int CodesMax = 16;

    /// <summary>A Nation's authorisation is given anew once a year.</summary>
    private static readonly Duration AuthorisedMax = Duration.FromDays(366);

    private static readonly string[] MayAgree = ["operator", "authority"];

    public static (SiteName Name, OpenSite Command) Read(Fields fields, CreateSiteRequest request)
    {
        var parent = fields.Network("parent", request.Parent);
        var name = new SiteName(parent.Network ?? "", fields.Id("site_id", request.SiteId));
        if (!fields.Has("site", request.Site)) return default;
        var site = request.Site;
        fields.NameIs("site.name", site.Name, name.ToString());
        var (latitude, longitude) = fields.Coordinates("site.", (site.HasLatitude, site.Latitude), (site.HasLongitude, site.Longitude));
        if (site.Rooms.Count > 0) fields.Wrong("site.rooms", "must be empty: rooms are opened with CreateRoom");
        if (site.Accreditations.Count > 0) fields.Wrong("site.accreditations", "must be empty: use GrantAccreditation");
        if (site.LimitedCapacity) fields.Wrong("site.limited_capacity", "must not be set: use SetLimitedCapacity");
        if (site.Hidden) fields.Wrong("site.hidden", "must not be set: use HideSite");
        if (site.GoverningNation.Length > 0) fields.Wrong("site.governing_nation", "must not be set: use SetNationGovernance");
        return (name, new OpenSite(
            fields.Text("site.display_name", site.DisplayName, DisplayNameLengthMax),
            fields.Region("site.region", site.Region, required: true),
            fields.Jurisdiction("site.jurisdiction", site.Jurisdiction),
            fields.TimeZone("site.time_zone", site.TimeZone),
            latitude,
            longitude)
        {
            Languages = fields.Codes("site.languages", site.Languages, CodesMax),
            Accessibility = fields.Codes("site.accessibility", site.Accessibility, CodesMax),
        });
    }

    public static (SiteName Site, OpenRoom Command) Read(Fields fields, CreateRoomRequest request)
    {
        var parent = fields.Site("parent", request.Parent);
        var id = fields.Id("room_id", request.RoomId);
        if (!fields.Has("room", request.Room)) return default;
        var room = request.Room;
        fields.NameIs("room.name", room.Name, new RoomName(parent.Network, parent.Site, id).ToString());
        if (room.Blocked) fields.Wrong("room.blocked", "must not be set: use BlockRoom");
        return (parent, new OpenRoom(
            id,
            fields.Text("room.display_name", room.DisplayName, DisplayNameLengthMax),
            fields.Number("room.occupancy", room.Occupancy, 1, OccupancyMax)));
    }

    public static (SiteName Site, BlockRoom Command) Read(Fields fields, BlockRoomRequest request)
    {
        var room = fields.Room("name", request.Name);
        return (new SiteName(room.Network, room.Site), new BlockRoom(room.Room, fields.Code("reason", request.Reason)));
    }

    public static (SiteName Site, UnblockRoom Command) Read(Fields fields, UnblockRoomRequest request)
    {
        var room = fields.Room("name", request.Name);
        return (new SiteName(room.Network, room.Site), new UnblockRoom(room.Room));
    }

    public static (SiteName Site, SetLimitedCapacity Command) Read(Fields fields, SetLimitedCapacityRequest request)
    {
        var until = fields.Date("until", request.Until);
        if (until is not null && !request.LimitedCapacity) fields.Wrong("until", "must be absent: capacity is no longer limited");
        return (fields.Site("name", request.Name), new SetLimitedCapacity(request.LimitedCapacity, fields.Code("reason", request.Reason, required: request.LimitedCapacity)) { Until = until });
    }

    public static (SiteName Site, DescribeSite Command) Read(Fields fields, DescribeSiteRequest request)
    {
        var (latitude, longitude) = fields.Coordinates("", (request.HasLatitude, request.Latitude), (request.HasLongitude, request.Longitude));
        return (fields.Site("name", request.Name), new DescribeSite(
            latitude, longitude, fields.Codes("languages", request.Languages, CodesMax), fields.Codes("accessibility", request.Accessibility, CodesMax)));
    }

    public static (SiteName Site, HideSite Command) Read(Fields fields, HideSiteRequest request)
    {
        if (!MayAgree.Contains(request.AgreedBy)) fields.Wrong("agreed_by", "must be operator or authority: a site is not hidden by its own word");
        return (fields.Site("name", request.Name), new HideSite(fields.Code("reason", request.Reason), request.AgreedBy));
    }

    public static (SiteName Site, GovernSite Command) Read(Fields fields, SetNationGovernanceRequest request)
    {
        var nation = fields.Code("nation", request.Nation, required: false);
        return (fields.Site("name", request.Name), new GovernSite(nation, Authorisation(fields, request)));
    }

    private static FiguresAuthorisationView? Authorisation(Fields fields, SetNationGovernanceRequest request)
    {
        if (request.Authorisation is not { } authorisation) return null;
        if (request.Nation.Length == 0) fields.Wrong("authorisation", "must be absent: there is no nation that could give one");
        var givenBy = fields.Code("authorisation.given_by", authorisation.GivenBy);
        var hasTimes = fields.Has("authorisation.from_time", authorisation.FromTime) & fields.Has("authorisation.until_time", authorisation.UntilTime);
        if (!hasTimes || fields.Time("authorisation.from_time", authorisation.FromTime) is not { } from || fields.Time("authorisation.until_time", authorisation.UntilTime) is not { } until) return null;
        if (until <= from) fields.Wrong("authorisation.until_time", "must be after from_time");
        else if (until - from > AuthorisedMax) fields.Wrong("authorisation.until_time", string.Create(CultureInfo.InvariantCulture, $"must be at most {AuthorisedMax.Days} days after from_time"));
        return new FiguresAuthorisationView(givenBy, from, until);
    }

    public static (SiteName Site, GrantAccreditation Command) Read(Fields fields, GrantAccreditationRequest request)
    {
        var site = fields.Site("name", request.Name);
        if (!fields.Has("accreditation", request.Accreditation)) return default;
        var code = fields.Code("accreditation.code", request.Accreditation.Code);
        var from = fields.RequiredDate("accreditation.valid_from", request.Accreditation.ValidFrom);
        var until = fields.Date("accreditation.valid_until", request.Accreditation.ValidUntil);
        if (until < from) fields.Wrong("accreditation.valid_until", "must not be before valid_from");
        return (site, new GrantAccreditation(code, from, until));
    }

    public static (SiteName Site, WithdrawAccreditation Command) Read(Fields fields, WithdrawAccreditationRequest request) =>
        (fields.Site("name", request.Name), new WithdrawAccreditation(fields.Code("code", request.Code)));

    public static Site ToWire(this SiteView view, Caller caller, Instant? now, string? token = null)
    {
        var name = new SiteName(view.Network, view.Site);
        // A limit ends by itself; the grain keeps it until somebody sets it anew. A command's answer says what was so then, to a repeat too.
        var limited = view.LimitedCapacity && !(view.Limit?.EndsAt <= now);
        var site = new Site
        {
            Name = name.ToString(),
            DisplayName = view.DisplayName,
            Region = $"regions/{view.Region}",
            Jurisdiction = view.Jurisdiction,
            TimeZone = view.TimeZone,
            LimitedCapacity = limited,
            LimitedCapacityReason = limited ? view.LimitedCapacityReason : "",
            LimitedCapacitySinceTime = limited ? view.Limit?.Since.ToWire() : null,
            LimitedCapacityUntil = limited ? view.Limit?.Until.ToWire() : null,
            Hidden = view.Hidden is not null,
            HiddenReason = view.Hidden?.Reason ?? "",
            HiddenAgreedBy = view.Hidden?.AgreedBy ?? "",
            GoverningNation = view.Governance?.Nation ?? "",
            FiguresAuthorisation = view.Governance?.Authorisation is { } given
                ? new FiguresAuthorisation { GivenBy = given.GivenBy, FromTime = given.From.ToWire(), UntilTime = given.Until.ToWire() }
                : null,
            Languages = { view.Languages },
            Accessibility = { view.Accessibility },
            Etag = view.Version.ToString(CultureInfo.InvariantCulture),
            Token = token ?? "",
        };
        if (view.Latitude is { } latitude) site.Latitude = latitude;
        if (view.Longitude is { } longitude) site.Longitude = longitude;
        foreach (var room in view.Rooms)
        {
            site.Rooms.Add(new Room
            {
                Name = new RoomName(view.Network, view.Site, room.Room).ToString(),
                DisplayName = room.DisplayName,
                Occupancy = room.Occupancy,
                Blocked = room.Blocked,
                BlockedReason = room.BlockedReason,
            });
        }
        foreach (var accreditation in view.Accreditations)
        {
            site.Accreditations.Add(new Accreditation
            {
                Code = accreditation.Code,
                ValidFrom = accreditation.ValidFrom.ToWire(),
                ValidUntil = accreditation.ValidUntil.ToWire(),
            });
        }
        site.AvailableActions.AddRange(Actions.OnSite(caller.Scope, hasRooms: view.Rooms.Length > 0));
        return site;
    }

    public static Site ToWire(this SiteRow row, Caller caller)
    {
        var site = new Site
        {
            Name = new SiteName(caller.Network, row.Site).ToString(),
            DisplayName = row.DisplayName,
            Region = $"regions/{row.Region}",
            Jurisdiction = row.Jurisdiction,
            TimeZone = row.TimeZone,
            LimitedCapacity = row.LimitedCapacity,
            Hidden = row.Hidden,
            Languages = { row.Languages },
            Accessibility = { row.Accessibility },
        };
        if (row.Latitude is { } latitude) site.Latitude = latitude;
        if (row.Longitude is { } longitude) site.Longitude = longitude;
        return site;
    }
}
