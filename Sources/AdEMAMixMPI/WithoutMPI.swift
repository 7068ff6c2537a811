//===--- WithoutMPI.swift - names that say what is missing ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if !MPI
// Names for programs that are built without the trait: the compiler names the
// trait in its error, in place of saying that there is no such type. The types
// have the members that a program calls first, so that the compiler does not
// report these as missing too.

/// MPI in this process: with the package trait `MPI` only.
@available(
  *, unavailable,
  message: "AdEMAMixMPI needs the package trait MPI: traits: [\"MPI\"]"
)
public struct MPIEnvironment {
  /// Cannot be called.
  public init(waitingLimit: Duration? = nil) throws {}

  /// Cannot be called.
  public func world() throws -> MPICommunicator { MPICommunicator() }

  /// Cannot be called.
  public func finalize() throws {}
}

/// Processes that work together: with the package trait `MPI` only.
@available(
  *, unavailable,
  message: "AdEMAMixMPI needs the package trait MPI: traits: [\"MPI\"]"
)
public struct MPICommunicator {}

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
