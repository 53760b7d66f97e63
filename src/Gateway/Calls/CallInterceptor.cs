using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using NodaTime;
using RttNetwork.Gateway.Errors;

namespace RttNetwork.Gateway.Calls;

/// <summary>
/// Around every method of <c>rtt.v1</c>, with the request at hand: is what it names the caller's, and what became of
/// it when the method threw. An exception means "outcome unknown"; none leaves as INTERNAL or UNKNOWN.
/// </summary>
internal sealed class CallInterceptor(TimeProvider time, ILogger<CallInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        if (Call.Find(context.GetHttpContext()) is not { } call) return await continuation(request, context);  // health
        call.IsRead = true;
        if (!call.Rule.Allows(call.Caller, (IMessage)request)) return call.Refuse<TResponse>(context, Failure.Denied);
        if (context.Deadline != DateTime.MaxValue)
        {
            // A deadline on the wire is a time by the machine's clock, whatever clock the rules are judged by.
            var left = Duration.FromTimeSpan(context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime);
            call.Left = Duration.Max(Duration.Zero, Duration.Min(left, Call.TimeMax));
        }
        try
        {
            var reply = continuation(request, context);
            return reply.IsCompleted ? await reply : await reply.WaitAsync(call.Left.ToTimeSpan(), time, context.CancellationToken);
        }
        catch (RpcException)
        {
            throw;
        }
        catch (Exception e)
        {
            return call.Refuse<TResponse>(context, Judge(e, context));
        }
    }

    /// <summary>A watch: authorised like a single request. It lasts as long as it is read, and judges its caller's token again while it does.</summary>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        if (Call.Find(context.GetHttpContext()) is not { } call)
        {
            await continuation(request, responseStream, context);  // reflection, health
            return;
        }
        call.IsRead = true;
        if (!call.Rule.Allows(call.Caller, (IMessage)request))
        {
            call.Refuse<IMessage>(context, Failure.Denied);
            return;
        }
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (RpcException)
        {
            throw;
        }
        catch (Exception e)
        {
            call.Refuse<IMessage>(context, Judge(e, context));
        }
    }

    private Failure Judge(Exception exception, ServerCallContext context)
    {
        switch (exception)
        {
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
                return Failure.DeadlineExceeded;  // The caller gave up, or its deadline did: nobody may be there to read it.
            case TimeoutException or OperationCanceledException:
                return Failure.DeadlineExceeded;
            case GatewayTooBusyException or LimitExceededException:
                return Failure.Overloaded;
            case OrleansException:
                logger.LogWarning("{Method} could not reach its grain: {Error}", context.Method, exception.GetType().Name);
                return Failure.OutcomeUnknown;
            default:
                // The type and the place, never the text: it may have what the request had.
                logger.LogError("{Method} failed with {Error} at {Place}", context.Method, exception.GetType().FullName, exception.StackTrace);
                return Failure.OutcomeUnknown;
        }
    }
}
