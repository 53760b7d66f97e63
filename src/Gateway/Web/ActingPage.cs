using Google.Rpc;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;
using RttNetwork.Wire.V1;

namespace RttNetwork.Gateway.Web;

/// <summary>
/// A page from which something is done. Each form has a request id of its own, made when the page is: sent twice it is done once. What was refused is said on the page, with the rule;
/// when nobody knows whether it was done, the form keeps its id, and sending it again settles that.
/// </summary>
internal abstract class ActingPage : PageModel
{
    private Guid? _again;

    /// <summary>What was done, as the key of a text.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Done { get; set; }

    /// <summary>The place in the feed that the lists must have come to: that of what was done.</summary>
    [BindProperty(SupportsGet = true)]
    public string? At { get; set; }

    /// <summary>Of the form that was sent.</summary>
    [BindProperty]
    public Guid RequestId { get; set; }

    /// <summary>Why it was not done.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>Where a seat is open instead.</summary>
    public IReadOnlyList<OpenSeats> Alternatives { get; private set; } = [];

    public string AtLeast => At ?? "";

    /// <summary>For one form.</summary>
    public Guid NewRequestId()
    {
        var id = _again ?? Guid.NewGuid();
        _again = null;
        return id;
    }

    /// <summary>Does it, and then shows the page as it is after it.</summary>
    /// <param name="act">Answers with the place in the feed.</param>
    protected async Task<IActionResult> Do(string done, Func<SignedIn, string, Task<string>> act, Func<Task> load)
    {
        try
        {
            var token = await act(SignedIn.Of(HttpContext), RequestId.ToString());
            return RedirectToPage(new { done, at = token });
        }
        catch (CallFailedException e)
        {
            Failure = e.Failure;
            if (Failure.IsPassing) _again = RequestId;
            Alternatives = [.. e.Failure.Status.Details.Where(d => d.Is(Wire.V1.Alternatives.Descriptor)).SelectMany(d => d.Unpack<Alternatives>().Seats)];
            (Done, At) = (null, null);
            Response.StatusCode = Failure.IsPassing ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status409Conflict;
            await load();
            return Page();
        }
    }

    /// <summary>The rules that stand against it.</summary>
    public IEnumerable<PreconditionFailure.Types.Violation> Violations =>
        Failure?.Status.Details.Where(d => d.Is(PreconditionFailure.Descriptor)).SelectMany(d => d.Unpack<PreconditionFailure>().Violations) ?? [];
}
