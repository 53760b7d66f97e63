using System.Collections.Concurrent;
using System.Reflection;

namespace RttNetwork.Gateway.Tests.Hosting;

/// <summary>A call that the gateway made of a grain.</summary>
public sealed record GrainCall(Type Grain, string Key, string Method, object?[] Arguments);

/// <summary>
/// Grains that say what a test tells them to, for the tests of reading and writing the wire. What a caller may see and
/// change is proven on the real ones.
/// </summary>
public sealed class FakeGrains : IGrainFactory
{
    private readonly ConcurrentDictionary<(Type, string), Func<string, object?[], object>> _answers = [];

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<GrainCall> Calls { get; } = [];

    /// <summary>Says what a method of all grains of a kind returns: a task.</summary>
    public void On<TGrain>(string method, Func<string, object?[], object> answer) => _answers[(typeof(TGrain), method)] = answer;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
        => (TGrainInterface)Script(DispatchProxy.Create<TGrainInterface, Proxy>()!, typeof(TGrainInterface), primaryKey);

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithGuidKey => throw new NotSupportedException();
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerKey => throw new NotSupportedException();
    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string keyExtension, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithGuidCompoundKey => throw new NotSupportedException();
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string keyExtension, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerCompoundKey => throw new NotSupportedException();
    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver => throw new NotSupportedException();
    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver => throw new NotSupportedException();
    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey) => throw new NotSupportedException();
    public IAddressable GetGrain(Type interfaceType, IdSpan grainKey, string grainClassNamePrefix) => throw new NotSupportedException();
    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey) => throw new NotSupportedException();
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw new NotSupportedException();
    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();
    public IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey, string keyExtension) => throw new NotSupportedException();
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey, string keyExtension) => throw new NotSupportedException();
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable => throw new NotSupportedException();
    public IAddressable GetGrain(GrainId grainId) => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId, GrainInterfaceType interfaceType)
    {
        var kind = typeof(Contracts.Keys).Assembly.GetTypes().Single(t => t.IsInterface && t.GetCustomAttribute<AliasAttribute>()?.Alias == interfaceType.ToString());
        return (IAddressable)Script(DispatchProxy.Create(kind, typeof(Proxy)), kind, grainId.Key.ToString()!);
    }

    private object Script(object proxy, Type kind, string key)
    {
        var scripted = (Proxy)proxy;
        (scripted.Grains, scripted.Kind, scripted.Key) = (this, kind, key);
        return proxy;
    }

    public class Proxy : DispatchProxy
    {
        public FakeGrains Grains { get; set; } = null!;
        public Type Kind { get; set; } = null!;
        public string Key { get; set; } = "";

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            ArgumentNullException.ThrowIfNull(targetMethod);
            // The health check asks by itself, whenever it likes: no test is about that.
            if (Key != "-/s-health") Grains.Calls.Enqueue(new GrainCall(Kind, Key, targetMethod.Name, args ?? []));
            return Grains._answers.TryGetValue((Kind, targetMethod.Name), out var answer)
                ? answer(Key, args ?? [])
                : throw new InvalidOperationException($"The test did not expect {Kind.Name}.{targetMethod.Name}.");
        }
    }
}
