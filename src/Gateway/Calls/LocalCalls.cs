using System.Threading.Channels;
using Grpc.Core;
using NodaTime;
using RttNetwork.Gateway.Authentication;
using RttNetwork.Gateway.Authorization;

namespace RttNetwork.Gateway.Calls;

/// <summary>
/// Calls of the wire's methods from within this process, with a token: the way of pages to everything that they show and do. They are admitted, authorised, limited and judged
/// as those that come over the network, by the same code; only the bytes in between are left out.
/// </summary>
internal sealed class LocalCalls(LocalMethods methods, CallInterceptor interceptor, CallLimits limits, BearerTokens tokens, TimeProvider time)
{
    /// <summary>Calls for whoever brings this header, until the request that they are made in ends.</summary>
    public CallInvoker With(string authorization, CancellationToken cancel) => new Invoker(this, authorization, cancel);

    private async Task<TResponse> Unary<TRequest, TResponse>(string method, TRequest request, string authorization, CancellationToken cancel)
        where TRequest : class
        where TResponse : class
    {
        var (call, context) = await Begin(method, authorization, cancel);
        if (!limits.TryEnter()) throw new CallFailedException(Errors.Failure.Overloaded);
        try
        {
            var reply = await interceptor.UnaryServerHandler(request, context, methods.Unary<TRequest, TResponse>(method));
            return call.Failure is { } failure ? throw new CallFailedException(failure) : reply;
        }
        finally
        {
            limits.Leave();
        }
    }

    private async Task Stream<TRequest, TResponse>(string method, TRequest request, string authorization, ChannelWriter<TResponse> to, CancellationToken cancel)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            var (call, context) = await Begin(method, authorization, cancel);
            await interceptor.ServerStreamingServerHandler(request, new Writer<TResponse>(to), context, methods.Stream<TRequest, TResponse>(method));
            to.Complete(call.Failure is { } failure ? new CallFailedException(failure) : null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            to.TryComplete(e);
        }
    }

    private async Task<(Call Call, ServerCallContext Context)> Begin(string method, string authorization, CancellationToken cancel)
    {
        var rule = MethodRules.All[method];
        var now = time.GetUtcNow();
        var verdict = await tokens.Judge(authorization, now);
        if (limits.Admit(verdict, rule) is { } failure) throw new CallFailedException(failure);
        var call = new Call(rule, verdict.Caller!, Instant.FromDateTimeOffset(now), isJson: false);
        // A request of its own: the page's may make several calls at once, and a stream looks at its token again.
        var http = new DefaultHttpContext { Request = { Headers = { Authorization = authorization } }, RequestAborted = cancel };
        http.Features.Set(call);
        return (call, new LocalCallContext(method, http, cancel));
    }

    private sealed class Invoker(LocalCalls calls, string authorization, CancellationToken cancel) : CallInvoker
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            new(calls.Unary<TRequest, TResponse>(method.FullName, request, authorization, cancel), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            // One message waits at most: whoever reads slowly gets newer ones, as over the network.
            var channel = Channel.CreateBounded<TResponse>(1);
            var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, options.CancellationToken);
            _ = calls.Stream(method.FullName, request, authorization, channel.Writer, end.Token);
            return new(new Reader<TResponse>(channel.Reader), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], end.Cancel);
        }

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException("Nothing blocks here.");

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException("No method takes a stream.");

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException("No method takes a stream.");
    }

    private sealed class Writer<T>(ChannelWriter<T> to) : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(T message) => to.WriteAsync(message).AsTask();

        public Task WriteAsync(T message, CancellationToken cancellationToken) => to.WriteAsync(message, cancellationToken).AsTask();
    }

    private sealed class Reader<T>(ChannelReader<T> from) : IAsyncStreamReader<T>
    {
        public T Current { get; private set; } = default!;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!await from.WaitToReadAsync(cancellationToken) || !from.TryRead(out var message)) return false;
            Current = message;
            return true;
        }
    }
}
