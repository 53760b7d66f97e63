using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace RttNetwork.Gateway.Pages;

/// <summary>Where somebody is who has signed out, or could not be signed in: otherwise the provider might sign them in again at once.</summary>
[AllowAnonymous]
internal sealed class SignedOutModel : PageModel
{
    [BindProperty(SupportsGet = true)]
    public bool Failed { get; set; }
}
