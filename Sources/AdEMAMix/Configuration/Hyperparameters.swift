//===--- Hyperparameters.swift - what a parameter group is trained with ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The hyperparameters of one parameter group.
///
/// | property | paper | optax | default | range |
/// | --- | --- | --- | --- | --- |
/// | `learningRate` | η | `learning_rate` | none | at least 0 |
/// | `beta1` | β₁ | `b1` | 0.9 | `0 ..< 1` |
/// | `beta2` | β₂ | `b2` | 0.999 | `0 ..< 1` |
/// | `beta3` | β₃ | `b3` | 0.9999 | `0 ..< 1` |
/// | `alpha` | α | `alpha` | 5 | at least 0 |
/// | `epsilon` | ε | `eps` | 1e-8 | at least 0 |
/// | `epsilonRoot` | (none) | `eps_root` | 0 | at least 0 |
/// | `weightDecay` | λ | `weight_decay` | 0 | at least 0 |
///
/// The two epsilons must not both be 0. All values are finite. They are checked
/// when an optimizer receives them, and schedules again at each step; see
/// ``AdEMAMixError``.
public struct Hyperparameters: Sendable, Hashable, Codable {
  /// The step size η. The effective size of an AdEMAMix step grows to
  /// (1 + alpha) times AdamW's for a constant gradient, so it is often smaller
  /// than AdamW's.
  public var learningRate: HyperparameterSchedule

  /// The decay rate of the fast moment. With 0 the fast moment is the gradient
  /// itself, and takes no memory.
  public var beta1: Double

  /// The decay rate of the second moment.
  public var beta2: Double

  /// The decay rate of the slow moment.
  public var beta3: HyperparameterSchedule

  /// The weight of the slow moment beside the fast one. The paper finds 4 to 10
  /// to work well. With 0 the step is AdamW's, and the slow moment is still
  /// kept.
  public var alpha: HyperparameterSchedule

  /// Added to the root of the second moment.
  public var epsilon: Double

  /// Added to the second moment under the root, after its bias correction.
  public var epsilonRoot: Double

  /// The decoupled weight decay: a parameter θ moves by an additional
  /// -learningRate·weightDecay·θ.
  public var weightDecay: HyperparameterSchedule

  /// The equations that the other values belong to.
  ///
  /// ``warmingUp(alpha:beta3:over:)`` is for the standard form. A group that is
  /// given hyperparameters of another form keeps its slow moment, whose unit
  /// changes by 1/(1-β): ``AdEMAMix/resetSlowMoment(inGroup:)`` starts it anew.
  public package(set) var form = UpdateForm.standard

  /// Hyperparameters with the defaults of optax, which are the paper's.
  ///
  /// A literal is a constant schedule. A variable beside a schedule needs
  /// ``HyperparameterSchedule/constant(_:)``.
  ///
  /// Disfavored, since integer literals alone would be ambiguous.
  @_disfavoredOverload
  public init(
    learningRate: HyperparameterSchedule,
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    beta3: HyperparameterSchedule = 0.9999,
    alpha: HyperparameterSchedule = 5,
    epsilon: Double = 1e-8,
    epsilonRoot: Double = 0,
    weightDecay: HyperparameterSchedule = 0
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.beta3 = beta3
    self.alpha = alpha
    self.epsilon = epsilon
    self.epsilonRoot = epsilonRoot
    self.weightDecay = weightDecay
  }

  /// Constant hyperparameters, with the defaults of optax.
  ///
  ///     let hyperparameters = Hyperparameters(learningRate: rate)
  public init(
    learningRate: Double,
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    beta3: Double = 0.9999,
    alpha: Double = 5,
    epsilon: Double = 1e-8,
    epsilonRoot: Double = 0,
    weightDecay: Double = 0
  ) {
    self.init(
      learningRate: .constant(learningRate), beta1: beta1, beta2: beta2,
      beta3: .constant(beta3), alpha: .constant(alpha), epsilon: epsilon,
      epsilonRoot: epsilonRoot, weightDecay: .constant(weightDecay))
  }

  /// A copy with one value replaced: `hyperparameters.with(\.weightDecay, 0)`.
  public func with<Value>(
    _ property: WritableKeyPath<Hyperparameters, Value>, _ value: Value
  ) -> Hyperparameters {
    var copy = self
    copy[keyPath: property] = value
    return copy
  }

  /// A copy in which alpha rises linearly from 0, and beta3 from beta1 linearly
  /// in its half-life, in `steps` steps: the paper's warm-up (Pagliardini et
  /// al., 2024, section 3).
  ///
  /// The paper warms up over all of training. Set beta1 first: the schedule of
  /// beta3 starts from its present value.
  public func warmingUp(
    alpha: Double = 5, beta3: Double = 0.9999, over steps: Int
  ) -> Hyperparameters {
    var copy = self
    copy.alpha = .linear(from: 0, to: alpha, over: steps)
    copy.beta3 = .halfLife(from: beta1, to: beta3, over: steps)
    return copy
  }
}
