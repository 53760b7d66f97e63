using RttNetwork.Cli;

return await CommandLine.Run(args, Surroundings.OfThisProcess());
