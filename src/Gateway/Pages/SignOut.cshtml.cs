using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using RttNetwork.Gateway.Web;

namespace RttNetwork.Gateway.Pages;

/// <summary>Ends the session here, and then at the provider.</summary>
internal sealed class SignOutModel : PageModel
{
    public IActionResult OnGet() => Redirect("/");

    public IActionResult OnPost() => SignOut(SigningIn.SessionScheme, SigningIn.ProviderScheme);
}
