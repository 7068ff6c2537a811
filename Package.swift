// swift-tools-version: 6.3
//===--- Package.swift - what is built, in reading order ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import PackageDescription

// Warnings are errors where scripts/check asks for it, and nowhere else: a
// newer compiler has new ones, which must not keep a client from building, and
// some build systems suppress the warnings of dependencies, which excludes
// this.
let warningsAreErrors =
  Context.environment["ADEMAMIX_WARNINGS_ARE_ERRORS"] == "1"

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])
let strictC: [CSetting] =
  warningsAreErrors ? [.treatAllWarnings(as: .error)] : []

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
      dependencies: ["CAdEMAMixKernels", "COpenBLAS", "ThreadTeam"],
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
      dependencies: ["CSafeTensors", "ThreadTeam"],
      swiftSettings: strict),
    .target(
      name: "ThreadTeam",
      dependencies: ["CThreadTeam"],
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
      swiftSettings: strict),
    .executableTarget(
      name: "LeastSquares",
      dependencies: [
        "AdEMAMix", "CLAPACKE", "COpenBLAS", "Commands", "Numerals", "Plots",
        "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Stability",
      dependencies: [
        "AdEMAMix", "AdEMAMixStability", "Commands", "Numerals", "Plots",
        "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "AutomaticDifferentiation",
      dependencies: [
        "AdEMAMix", "AdEMAMixDifferentiation", "Commands", "COpenBLAS",
        "Layers", "Numerals", "Plots", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Digits",
      dependencies: [
        "AdEMAMix", "Commands", "Layers", "Numerals", "Plots", "Progress",
        "Studies",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.copy("Images/digits.txt"), .copy("Images/SOURCE.md")],
      swiftSettings: strict),
    .executableTarget(
      name: "LanguageModel",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints", "AdEMAMixMPI", "Commands", "Layers",
        "Numerals", "Plots", "Progress", "Studies",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.copy("Text/new-testament.txt"), .copy("Text/SOURCE.md")],
      swiftSettings: strict),
    .executableTarget(
      name: "Guidance",
      dependencies: [
        "AdEMAMix", "Commands", "Numerals", "Plots", "Studies",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [
        .copy("Results/language-model.csv"), .copy("Results/digits.csv"),
      ],
      swiftSettings: strict),
    // The model's own memory, once behind pointers and once as a struct. Strict
    // memory safety would mark each use of a pointer as unsafe.
    .executableTarget(
      name: "FlatPointers",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6)]),
    .executableTarget(
      name: "StructOfArrays",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .target(
      name: "Layers",
      dependencies: ["AdEMAMix", "COpenBLAS"],
      swiftSettings: strict),
    .target(
      name: "Studies",
      dependencies: [
        "AdEMAMix", "Commands", "Numerals", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
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
        "COpenBLAS", "Commands", "Numerals", "Plots", "Progress",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks",
      exclude: ["CMemoryCeiling"],
      swiftSettings: strict),
    .target(
      name: "CMemoryCeiling",
      path: "Benchmarks/CMemoryCeiling",
      exclude: ["ceiling.inc"],
      cSettings: strictC),

    // MARK: - Tests

    .testTarget(
      name: "AdEMAMixTests",
      dependencies: [
        "AdEMAMix", "CAllocationCounter", "KernelChecks", "TestSupport",
      ],
      resources: [.copy("Golden")],
      swiftSettings: strict),
    .executableTarget(
      name: "KernelChecks",
      dependencies: ["CAdEMAMixKernels"],
      path: "Tests/KernelChecks",
      exclude: [
        "option_checks.inc", "restrained_checks.inc", "step_checks.inc",
      ],
      cSettings: strictC,
      linkerSettings: [.linkedLibrary("m")]),
    .testTarget(
      name: "ThreadTeamTests",
      dependencies: ["ThreadTeam", "ThreadTeamChecks", "TestSupport"],
      swiftSettings: strict),
    .executableTarget(
      name: "ThreadTeamChecks",
      dependencies: ["CThreadTeam"],
      path: "Tests/ThreadTeamChecks",
      cSettings: strictC),
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
      name: "CheckpointFuzzer",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints", "SafeTensors", "TestSupport",
      ],
      path: "Tests/CheckpointFuzzer",
      swiftSettings: strict),
    .executableTarget(
      name: "InterchangeProcess",
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints", "SafeTensors", "TestSupport",
      ],
      path: "Tests/InterchangeProcess",
      swiftSettings: strict),
    .executableTarget(
      name: "InstructionCounts",
      dependencies: [
        "AdEMAMix", "CAdEMAMixKernels", "CInstructionMarks", "TestSupport",
      ],
      path: "Tests/InstructionCounts",
      exclude: ["figures.txt"],
      swiftSettings: strict),
    .target(
      name: "CInstructionMarks",
      path: "Tests/CInstructionMarks",
      cSettings: strictC),
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
      dependencies: [
        "AdEMAMix", "AdEMAMixCheckpoints", "AdEMAMixMPI", "TestSupport",
      ],
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
        "AdEMAMix", "AutomaticDifferentiation", "Digits", "FlatPointers",
        "Guidance", "LanguageModel", "LeastSquares", "Rosenbrock", "Stability",
        "StructOfArrays", "TestSupport",
      ],
      swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: ["AdEMAMix"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(
      name: "CAllocationCounter",
      path: "Tests/CAllocationCounter",
      cSettings: strictC),

    // MARK: - C underneath

    .target(
      name: "CThreadTeam",
      cSettings: strictC),
    .target(
      name: "CSafeTensors",
      cSettings: strictC),
    .target(
      name: "CAdEMAMixKernels",
      exclude: ["Loops"],
      cSettings: strictC),
    // Without pkg-config, which may be asked about all of these in every build
    // of a client, also where they are not used, and then warns. Compilers find
    // them where systems put them; elsewhere -Xcc -I… and -Xlinker -L… say so.
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CLAPACKE"),
    .systemLibrary(name: "CMPI"),
  ]
)

// The products and some other targets alone, for checks that would build all
// else in vain. The variable names the other targets, or none.
if let names = Context.environment["ADEMAMIX_ONLY"] {
  var kept: Set<String> = []
  var added = names.split(separator: " ").map(String.init)
  added += package.products.compactMap { $0 as? Product.Library }
    .flatMap(\.targets)
  while let name = added.popLast() {
    guard kept.insert(name).inserted else { continue }
    for target in package.targets where target.name == name {
      for dependency in target.dependencies {
        switch dependency {
        case .targetItem(let name, _), .byNameItem(let name, _):
          added.append(name)
        default: break
        }
      }
    }
  }
  package.targets.removeAll { !kept.contains($0.name) }
}
