using RttNetwork.Peer.Calls;

namespace RttNetwork.Peer.Database;

/// <summary>What is asked of a person's seat.</summary>
/// <param name="Now">UTC.</param>
internal sealed record SeatCommand(
    CohortName Cohort, ParticipantName Participant, Caller Caller, Guid RequestId, byte[] Fingerprint, DateTime Now, bool ValidateOnly, string Reason);
