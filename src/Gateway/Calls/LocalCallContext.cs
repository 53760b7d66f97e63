using Grpc.Core;

namespace RttNetwork.Gateway.Calls;

/// <summary>What a service knows of a call that comes from within this process: the request that stands for it, with the caller's token in its header.</summary>
internal sealed class LocalCallContext(string method, HttpContext http, CancellationToken cancel) : ServerCallContext
{
    /// <summary>Where the gRPC server looks for the request of a call that is none of its own.</summary>
    private const string HttpContextKey = "__HttpContext";

    private readonly Dictionary<object, object> _state = new() { [HttpContextKey] = http };

    protected override string MethodCore => method;
    protected override string HostCore => "";
    protected override string PeerCore => "";
    protected override DateTime DeadlineCore => DateTime.MaxValue;
    protected override Metadata RequestHeadersCore { get; } = [];
    protected override CancellationToken CancellationTokenCore => cancel;
    protected override Metadata ResponseTrailersCore { get; } = [];
    protected override Status StatusCore { get; set; }
    protected override WriteOptions? WriteOptionsCore { get; set; }
    protected override AuthContext AuthContextCore { get; } = new(null, []);
    protected override IDictionary<object, object> UserStateCore => _state;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException("A call from within goes no further.");

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
}
