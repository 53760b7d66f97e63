using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace RttNetwork.Client;

/// <summary>
/// What every call has in common: a deadline, the caller's token, a request id, and retries that cannot do a thing twice.
/// </summary>
/// <remarks>
/// Only an unknown outcome is retried (UNAVAILABLE, and DEADLINE_EXCEEDED while time is left), always with the same request id, and each
/// retry says that it is one (<see cref="AttemptHeader"/>): the network then looks for the receipt of the first before it decides again.
/// A request without a request id is a read, by the gateway's own rule that every write has one.
/// </remarks>
internal sealed class CallRules(RttClientOptions options) : Interceptor
{
    /// <summary>Metadata that says which retry this is: 1 on the first.</summary>
    public const string AttemptHeader = "rtt-attempt";

    private readonly Lock _jitterLock = new();

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation) =>
        throw new NotSupportedException("Calls are asynchronous: a blocked thread could wait out a whole deadline. Use the Async method.");

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        var call = new UnaryCall<TRequest, TResponse>(this, WithRequestId(request), context, continuation);
        return new AsyncUnaryCall<TResponse>(call.Run(), call.ResponseHeaders, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        // A watch lasts until its reader stops it: no deadline of ours. Resuming needs the last token, which only the reader has.
        // The token provider must answer without waiting here; gRPC opens a stream synchronously.
        var headers = Copy(context.Options.Headers);
        if (options.Token is { } provider)
        {
            var asked = provider(context.Options.CancellationToken);
            if (!asked.IsCompletedSuccessfully)
            {
                throw new InvalidOperationException("A stream needs its token at hand: renew it before the call.");
            }

            AddToken(headers, asked.GetAwaiter().GetResult());
        }

        var call = continuation(request, new(context.Method, context.Host, context.Options.WithHeaders(headers)));
        return new AsyncServerStreamingCall<TResponse>(
            new Reader<TResponse>(call.ResponseStream), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    private static TRequest WithRequestId<TRequest>(TRequest request)
    {
        if (request is not IMessage message
            || message.Descriptor.FindFieldByName("request_id") is not { FieldType: FieldType.String } field
            || field.Accessor.GetValue(message) is string { Length: > 0 })
        {
            return request;
        }

        // A copy: the caller may send its message again and mean another request.
        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteString());
        field.Accessor.SetValue(copy, RequestId.New());
        return (TRequest)copy;
    }

    private static Metadata Copy(Metadata? headers)
    {
        var copy = new Metadata();
        foreach (var entry in headers ?? [])
        {
            copy.Add(entry);
        }

        return copy;
    }

    private static void AddToken(Metadata headers, string? token)
    {
        if (!string.IsNullOrEmpty(token))
        {
            headers.Add("authorization", $"Bearer {token}");
        }
    }

    /// <summary>The wait before the next attempt, or null when there must be none.</summary>
    private TimeSpan? WaitBefore(int retry, Refusal refusal, TimeSpan left)
    {
        var retryable = refusal.Status switch
        {
            StatusCode.Unavailable or StatusCode.DeadlineExceeded => true,
            StatusCode.ResourceExhausted => options.WaitWhenBusy && refusal.RetryAfter is not null,
            _ => false,
        };
        if (!retryable || retry >= options.AttemptsMax)
        {
            return null;
        }

        // Half of the wait is certain and half is chance: a thousand desks that lost one gateway do not come back in one moment.
        var ceiling = Math.Min(options.BackoffMax.TotalMilliseconds, options.BackoffFirst.TotalMilliseconds * Math.Pow(2, retry - 1));
        double chance;
        lock (_jitterLock)
        {
            chance = options.Jitter.NextDouble();
        }

        var wait = TimeSpan.FromMilliseconds(ceiling * (0.5 + (0.5 * chance)));
        if (refusal.RetryAfter is { } asked)
        {
            wait = asked + (wait / 2);
        }

        return wait < left ? wait : null;
    }

    /// <summary>One call of the caller's: its attempts, one after the other.</summary>
    private sealed class UnaryCall<TRequest, TResponse>(
        CallRules rules, TRequest request, ClientInterceptorContext<TRequest, TResponse> context, Interceptor.AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        where TRequest : class
        where TResponse : class
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(context.Options.CancellationToken);
        private readonly TaskCompletionSource<Metadata> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private AsyncUnaryCall<TResponse>? _last;

        public Task<Metadata> ResponseHeaders => _headers.Task;

        public Status GetStatus() => (_last ?? throw new InvalidOperationException("The call has not ended.")).GetStatus();

        public Metadata GetTrailers() => (_last ?? throw new InvalidOperationException("The call has not ended.")).GetTrailers();

        public void Dispose()
        {
            // Disposing an unfinished call cancels it, as gRPC's own calls do.
            _stop.Cancel();
            _last?.Dispose();
        }

        public async Task<TResponse> Run()
        {
            var options = rules.Options;
            var begun = options.Clock.GetTimestamp();
            // A deadline on the wire is a time by the machine's clock; what is left of it is counted on the monotonic one.
            var allowed = context.Options.Deadline is { } given
                ? given.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime
                : options.Deadline;
            for (var attempt = 1; ; attempt++)
            {
                var headers = Copy(context.Options.Headers);
                if (attempt > 1)
                {
                    // In the place of what the caller may have said of the first attempt (RttClient.Repeat).
                    while (headers.Get(AttemptHeader) is { } said) headers.Remove(said);
                    headers.Add(AttemptHeader, (attempt - 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
                }

                if (options.Token is { } provider)
                {
                    AddToken(headers, await provider(_stop.Token));
                }

                var left = allowed - options.Clock.GetElapsedTime(begun);
                var call = continuation(request, new(context.Method, context.Host, context.Options
                    .WithHeaders(headers)
                    .WithDeadline(TimeProvider.System.GetUtcNow().UtcDateTime + (left > TimeSpan.Zero ? left : TimeSpan.Zero))
                    .WithCancellationToken(_stop.Token)));
                _last?.Dispose();
                _last = call;
                try
                {
                    var reply = await call.ResponseAsync;
                    _headers.TrySetResult(await call.ResponseHeadersAsync);
                    return reply;
                }
                catch (RpcException e)
                {
                    var refusal = Refusal.Of(e);
                    if (_stop.IsCancellationRequested)
                    {
                        throw Fail(new OperationCanceledException("The call was cancelled; whether it was carried out is not known.", e, _stop.Token));
                    }

                    if (rules.WaitBefore(attempt, refusal, allowed - options.Clock.GetElapsedTime(begun)) is not { } wait)
                    {
                        throw Fail(new RttException(refusal, RequestIdOf(request), attempt, e));
                    }

                    try
                    {
                        await Task.Delay(wait, options.Clock, _stop.Token);
                    }
                    catch (OperationCanceledException cancelled)
                    {
                        throw Fail(cancelled);
                    }
                }
            }
        }

        private static string? RequestIdOf(TRequest request) =>
            request is IMessage message && message.Descriptor.FindFieldByName("request_id") is { FieldType: FieldType.String } field
                ? field.Accessor.GetValue(message) as string
                : null;

        private T Fail<T>(T exception)
            where T : Exception
        {
            _headers.TrySetException(exception);
            // Nobody is obliged to look at the headers: the failure is in the reply.
            _ = _headers.Task.Exception;
            return exception;
        }
    }

    private RttClientOptions Options => options;

    /// <summary>A stream whose failures are ours.</summary>
    private sealed class Reader<T>(IAsyncStreamReader<T> inner) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            try
            {
                return await inner.MoveNext(cancellationToken);
            }
            catch (RpcException e) when (!(e.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested))
            {
                throw new RttException(Refusal.Of(e), requestId: null, attempts: 1, e);
            }
        }
    }
}
