using NodaTime;
using Orleans.Concurrency;
using RttNetwork.Contracts;
using RttNetwork.Contracts.Programs;
using RttNetwork.Contracts.Units;
using RttNetwork.Domain.Programs;
using RttNetwork.Grains.Units;

namespace RttNetwork.Grains.Programs;

/// <summary>The mailbox of a program. Key: <see cref="Keys.Program"/>.</summary>
[GrainType("program"), Reentrant]
public sealed class ProgramGrain(UnitServices services) : JournalGrain<ProgramState>(services), IProgramGrain
{
    public Task<UnitAnswer<ProgramView>> Publish(PublishProgram command, Unit unit) =>
        !unit.Caller.ReachesAll(Network) || Keys.Program(Network, command.Template.Program) != Stream
            ? Task.FromResult(UnitAnswer<ProgramView>.Of(Refusals.NotFound))
            : Finish(unit, program => UnitDecision<ProgramState, ProgramView>.From(
                ProgramRules.Publish(program, command.Template.ToDomain()), null, (after, _) => after.ToView(Stream, after.Versions[^1])));

    /// <summary>Every site of the network may read its programs.</summary>
    public Task<ReadAnswer<ProgramView>> Get(Caller caller, int version, LocalDate? effectiveOn) => Read((program, _) =>
        caller.Network == Network && caller.Scope != CallerScope.Authority
        && (version == 0 && effectiveOn is { } day ? program.EffectiveOn(day) : program.Version(version)) is { } template
            ? program.ToView(Stream, template)
            : null);
}
