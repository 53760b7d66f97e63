using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using RttNetwork.Gateway.Calls;
using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Web;

/// <summary>A page whose calls were not answered says so: what is not known is not shown as nothing.</summary>
internal sealed class ProblemFilter : IExceptionFilter
{
    public void OnException(ExceptionContext context)
    {
        if (context.Exception is not CallFailedException { Failure: var failure }) return;
        var metadata = context.HttpContext.RequestServices.GetRequiredService<IModelMetadataProvider>();
        context.Result = new ViewResult
        {
            ViewName = "/Pages/Shared/Problem.cshtml",
            ViewData = new ViewDataDictionary<Failure>(metadata, new ModelStateDictionary()) { Model = failure },
            StatusCode = failure.IsDenied ? StatusCodes.Status404NotFound : failure.IsPassing ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status400BadRequest,
        };
        context.ExceptionHandled = true;
    }
}
