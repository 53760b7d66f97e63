using RttNetwork.Peer.Calls;

namespace RttNetwork.Peer.Database;

/// <summary>What is asked of a person's seat.</summary>
/// <param name="First">The cohort's key; of an accept the referral's.</param>
/// <param name="Second">The participant's key; of an accept the cohort's.</param>
/// <param name="Now">UTC.</param>
internal sealed record SeatCommand(string First, string Second, Caller Caller, Guid RequestId, byte[] Fingerprint, DateTime Now, bool ValidateOnly = false, string Reason = "");
