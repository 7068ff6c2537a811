// swift-tools-version: 6.2
//===--- Package.swift - what is built, in reading order ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "ademamix",
  products: [
    .library(name: "AdEMAMix", targets: ["AdEMAMix"]),
    .library(name: "AdEMAMixCheckpoints", targets: ["AdEMAMixCheckpoints"]),
    .library(name: "AdEMAMixStability", targets: ["AdEMAMixStability"]),
    .library(
      name: "AdEMAMixDifferentiation", targets: ["AdEMAMixDifferentiation"]),
    .library(name: "SafeTensors", targets: ["SafeTensors"]),
    .library(name: "AdEMAMixMPI", targets: ["AdEMAMixMPI"]),
  ],
  traits: [
    .trait(
      name: "MPI",
      description: "AdEMAMixMPI, for which an MPI must be installed")
  ],
  dependencies: [
    // For the executables: clients of the library never fetch it.
    .package(
      url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    // MARK: - The library

    .target(
      name: "AdEMAMix",
      dependencies: ["CAdEMAMixKernels", "COpenBLAS"],
      swiftSettings: strict),
    .target(
      name: "AdEMAMixCheckpoints",
      dependencies: ["AdEMAMix", "SafeTensors"],
      swiftSettings: strict),
    .target(
      name: "AdEMAMixStability",
      dependencies: ["AdEMAMix", "CLAPACKE"],
      swiftSettings: strict),
    .target(
      name: "AdEMAMixDifferentiation",
      dependencies: ["AdEMAMix"],
      swiftSettings: strict),
    .target(
      name: "SafeTensors",
      dependencies: ["CSafeTensors"],
      swiftSettings: strict),

    .target(
      name: "AdEMAMixMPI",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints",
        .target(name: "CMPI", condition: .when(traits: ["MPI"])),
      ],
      swiftSettings: strict),

    // MARK: - Examples

    .executableTarget(
      name: "Rosenbrock",
      dependencies: [
        "AdEMAMix", "Commands", "Numerals", "Plots", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Pictures"],
      swiftSettings: strict),
    .executableTarget(
      name: "LeastSquares",
      dependencies: [
        "AdEMAMix", "CLAPACKE", "COpenBLAS", "Commands", "Numerals", "Plots",
        "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Pictures"],
      swiftSettings: strict),
    .executableTarget(
      name: "Stability",
      dependencies: [
        "AdEMAMix", "AdEMAMixStability", "Commands", "Numerals", "Plots",
        "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Pictures"],
      swiftSettings: strict),
    .executableTarget(
      name: "AutomaticDifferentiation",
      dependencies: [
        "AdEMAMix", "AdEMAMixDifferentiation", "Commands", "COpenBLAS",
        "Layers", "Numerals", "Plots", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Pictures"],
      swiftSettings: strict),
    .executableTarget(
      name: "Digits",
      dependencies: [
        "AdEMAMix", "Commands", "Layers", "Numerals", "Plots", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Pictures"],
      resources: [.copy("Images/digits.txt"), .copy("Images/SOURCE.md")],
      swiftSettings: strict),
    .executableTarget(
      name: "LanguageModel",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints", "AdEMAMixMPI", "Commands", "Layers",
        "Numerals", "Plots", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Pictures"],
      resources: [.copy("Text/new-testament.txt"), .copy("Text/SOURCE.md")],
      swiftSettings: strict),
    .target(
      name: "Layers",
      dependencies: ["AdEMAMix", "COpenBLAS"],
      swiftSettings: strict),
    .target(
      name: "Commands",
      dependencies: [
        "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(name: "Plots", dependencies: ["Numerals"], swiftSettings: strict),
    .target(
      name: "Progress", dependencies: ["Numerals"], swiftSettings: strict),
    .target(name: "Numerals", swiftSettings: strict),

    // MARK: - Benchmarks

    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints", "AdEMAMixMPI", "CMemoryCeiling",
        "COpenBLAS", "Commands", "Numerals", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks",
      exclude: ["CMemoryCeiling"],
      swiftSettings: strict),
    .target(
      name: "CMemoryCeiling",
      dependencies: ["CAdEMAMixKernels"],
      path: "Benchmarks/CMemoryCeiling",
      cSettings: [
        // For instruction_sets.h, which is no part of the kernels' interface.
        .headerSearchPath("../../Sources/CAdEMAMixKernels"),
        .headerSearchPath("."),
        .treatAllWarnings(as: .error),
      ]),

    // MARK: - Tests

    .testTarget(
      name: "AdEMAMixTests",
      dependencies: ["AdEMAMix", "CAllocationCounter"],
      resources: [.copy("Golden")],
      swiftSettings: strict),
    .testTarget(
      name: "SafeTensorsTests",
      dependencies: [
        "SafeTensors", "SafeTensorsProcess", "TestSupport",
        "CAllocationCounter",
      ],
      resources: [.copy("Corpus"), .copy("Fixtures")],
      swiftSettings: strict),
    .executableTarget(
      name: "SafeTensorsProcess",
      dependencies: ["SafeTensors", "TestSupport"],
      path: "Tests/SafeTensorsProcess",
      swiftSettings: strict),
    .testTarget(
      name: "AdEMAMixCheckpointsTests",
      dependencies: [
        "AdEMAMixCheckpoints", "CheckpointProcess", "InterchangeProcess",
        "SafeTensors", "TestSupport", "CAllocationCounter",
      ],
      resources: [.copy("Fixtures"), .copy("Interchange")],
      swiftSettings: strict),
    .executableTarget(
      name: "CheckpointProcess",
      dependencies: ["AdEMAMixCheckpoints", "TestSupport"],
      path: "Tests/CheckpointProcess",
      swiftSettings: strict),
    .executableTarget(
      name: "InterchangeProcess",
      dependencies: ["AdEMAMix", "AdEMAMixCheckpoints", "SafeTensors"],
      path: "Tests/InterchangeProcess",
      swiftSettings: strict),
    .executableTarget(
      name: "StorageProcess",
      dependencies: ["AdEMAMix", "SafeTensors"],
      path: "Tests/StorageProcess",
      swiftSettings: strict),
    .testTarget(
      name: "AdEMAMixMPITests",
      dependencies: ["LanguageModel", "MPIProcess", "TestSupport"],
      swiftSettings: strict),
    .executableTarget(
      name: "MPIProcess",
      dependencies: ["AdEMAMix", "AdEMAMixCheckpoints", "AdEMAMixMPI"],
      path: "Tests/MPIProcess",
      swiftSettings: strict),
    .testTarget(
      name: "AdEMAMixStabilityTests",
      dependencies: ["AdEMAMix", "AdEMAMixStability"],
      swiftSettings: strict),
    .testTarget(
      name: "AdEMAMixDifferentiationTests",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints", "AdEMAMixDifferentiation",
        "AutomaticDifferentiation", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PlotsTests",
      dependencies: ["Numerals", "Plots", "Progress", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "LayersTests",
      dependencies: ["AdEMAMix", "Digits", "Layers"],
      swiftSettings: strict),
    .testTarget(
      name: "LanguageModelTests",
      dependencies: ["AdEMAMix", "LanguageModel", "Layers", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ExamplesTests",
      dependencies: [
        "AutomaticDifferentiation", "Digits", "LanguageModel", "LeastSquares",
        "Rosenbrock", "Stability", "TestSupport",
      ],
      swiftSettings: strict),
    .target(
      name: "TestSupport",
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(
      name: "CAllocationCounter",
      path: "Tests/CAllocationCounter",
      cSettings: [.treatAllWarnings(as: .error)]),

    // MARK: - C underneath

    .target(
      name: "CSafeTensors",
      cSettings: [.treatAllWarnings(as: .error)]),
    .target(
      name: "CAdEMAMixKernels",
      cSettings: [.treatAllWarnings(as: .error)]),
    .systemLibrary(
      name: "COpenBLAS",
      pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .systemLibrary(
      name: "CLAPACKE",
      pkgConfig: "lapacke",
      providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(
      name: "CMPI",
      pkgConfig: "mpi",
      providers: [.apt(["libopenmpi-dev"])]),
  ]
)
