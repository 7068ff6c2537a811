//===--- WithoutMPI.swift - names that say what is missing ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if !MPI
// Without the trait, a program that uses these names is told of it, where it
// would be told that it has none of them. They have what it calls first, which
// would be complained of otherwise.

/// MPI in this process: with the package trait `MPI` only.
@available(
  *, unavailable,
  message: "AdEMAMixMPI needs the package trait MPI: traits: [\"MPI\"]"
)
public struct MPIEnvironment {
  /// Cannot be called.
  public init() throws {}

  /// Cannot be called.
  public func world() throws -> Communicator { Communicator() }

  /// Cannot be called.
  public func finalize() throws {}
}

/// Processes that work together: with the package trait `MPI` only.
@available(
  *, unavailable,
  message: "AdEMAMixMPI needs the package trait MPI: traits: [\"MPI\"]"
)
public struct Communicator {}

/// One optimizer on many processes: with the package trait `MPI` only.
@available(
  *, unavailable,
  message: "AdEMAMixMPI needs the package trait MPI: traits: [\"MPI\"]"
)
public struct DistributedAdEMAMix<Scalar> {
  /// Cannot be called.
  public init(_ layout: Any, on communicator: Any) throws {}
}
#endif
