"""Two networks that learn against each other: neither moves the other."""

import keras
import numpy as np
import pytest
from networks_toys import square_layout

from showerforge.networks.adversarial import IMAGE_SHARPNESS, AdversarialNetwork, Discriminator
from showerforge.networks.backends import run_alone
from showerforge.networks.generative import ConditionedBatches

N_VALUES, N_CODES = 16, 2


class GeneratorAlone(AdversarialNetwork):
    """Makes only the step of the generator."""

    def losses_of(self, inputs, outputs):
        of_generator, _ = super().losses_of(inputs, outputs)
        return of_generator, 0.0


class DiscriminatorAlone(AdversarialNetwork):
    """Makes only the step of the discriminator."""

    def losses_of(self, inputs, outputs):
        _, of_discriminator = super().losses_of(inputs, outputs)
        return 0.0, of_discriminator


class NotFrozen(AdversarialNetwork):
    """Forgets that the discriminator is constant to the generator."""

    def losses_of(self, inputs, outputs):
        layers = self.discriminator.bounded()
        scores = self.discriminator.score(layers, outputs, inputs["codes"])
        return -keras.ops.mean(scores), 0.0


class NotDetached(AdversarialNetwork):
    """Forgets that the images are constant to the discriminator."""

    def losses_of(self, inputs, outputs):
        layers = self.discriminator.bounded()
        scores = self.discriminator.score(layers, outputs, inputs["codes"])
        return 0.0, keras.ops.mean(scores)


def build(kind=AdversarialNetwork):
    keras.utils.set_random_seed(0)
    return kind(N_VALUES, 1, N_CODES, 3, (8,), (8, 8), smallest=0.1, span=5.0, seed=0)


def make_arrays(n=64):
    generator = np.random.default_rng(0)
    images = generator.random((n, N_VALUES, 1)).astype(np.float32)
    return images, np.eye(N_CODES, dtype=np.float32)[generator.integers(N_CODES, size=n)]


def make_batches():
    return ConditionedBatches(*make_arrays(), 16, 0, square_layout(4))


def moves(kind, before_compiling=lambda network: None, before_training=lambda network: None):
    """Train one of the networks; tells whether generator and discriminator have moved."""
    network = build(kind)
    batches = make_batches()
    network(batches[0][0])
    parts = (network.generator, network.discriminator)
    before_compiling(network)
    network.compile("sgd", jit_compile=False)
    before_training(network)
    before = [[keras.ops.convert_to_numpy(w) for w in part.weights] for part in parts]
    network.fit(batches, epochs=2, verbose=0)
    kinds = [[weight.trainable for weight in part.weights] for part in parts]
    return [
        any(
            not np.array_equal(old, keras.ops.convert_to_numpy(new))
            for old, new, is_trained in zip(olds, part.weights, trained, strict=True)
            if is_trained
        )
        for part, olds, trained in zip(parts, before, kinds, strict=True)
    ]


def test_each_step_moves_its_own_network_only():
    assert moves(GeneratorAlone) == [True, False]
    assert moves(DiscriminatorAlone) == [False, True]
    assert moves(AdversarialNetwork) == [True, True]


def test_a_wrong_idiom_would_be_noticed():
    def set_trainable(value):
        return lambda network: setattr(network.discriminator, "trainable", value)

    assert moves(NotFrozen) == [True, True]
    assert moves(NotDetached) == [True, True]
    # as it was done in Keras 2
    assert moves(NotFrozen, set_trainable(False), set_trainable(True)) == [True, True]


def test_gradients_of_the_sum_are_those_of_each_loss():
    import torch

    network = build()
    inputs = {name: torch.tensor(part) for name, part in make_batches()[0][0].items()}
    generated = network(inputs)
    # without the power iteration, which would go on from one call to the next
    layers = network.discriminator.bounded()
    network.discriminator.bounded = lambda: layers
    losses = network.losses_of(inputs, generated)

    def gradients(loss, part):
        weights = [weight.value for weight in part.trainable_weights]
        return torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)

    own = zip(losses, (network.generator, network.discriminator), strict=True)
    for loss, part in own:
        pairs = zip(gradients(loss, part), gradients(sum(losses), part), strict=True)
        assert all(torch.allclose(alone, both) for alone, both in pairs)
    crossed = zip(losses, (network.discriminator, network.generator), strict=True)
    for loss, part in crossed:
        assert all(gradient is None for gradient in gradients(loss, part))


def test_matrices_are_bounded_by_their_largest_singular_value():
    discriminator = Discriminator(N_VALUES, 1, N_CODES, (8, 8), span=5.0)
    generator = np.random.default_rng(0)
    for kernel in discriminator.kernels:
        kernel.assign(generator.normal(0, 3, kernel.shape))
    for _ in range(100):
        layers = discriminator.bounded()
    for matrix, _ in layers:
        largest = np.linalg.svd(keras.ops.convert_to_numpy(matrix), compute_uv=False)[0]
        assert largest == pytest.approx(1, abs=1e-3)


def test_who_draws_one_image_only_is_caught():
    """Copies of a recorded image: each is perfect, and together they are not."""
    images = make_batches()[0][0]["images"]
    copies = np.repeat(images[:1], len(images), axis=0)
    codes = np.zeros((len(images), N_CODES), np.float32)
    discriminator = Discriminator(N_VALUES, 1, N_CODES, (8, 8), span=5.0)
    layers = discriminator.bounded()
    scores = [
        keras.ops.convert_to_numpy(discriminator.score(layers, batch, codes))[0, 0]
        for batch in (images, copies)
    ]
    assert abs(scores[0] - scores[1]) > 1e-3


def test_the_discriminator_sees_the_size_of_an_image():
    """A layer that looks at nothing else than the number after the pixels."""
    discriminator = Discriminator(3, 2, N_CODES, (1,), span=2.0)
    kernel = np.zeros((3 * 2 + 1 + N_CODES, 1), np.float32)
    kernel[6] = 1
    identity = [(kernel, 0.0), (np.array([[1], [0]], np.float32), 0.0)]
    layers = [*identity, (np.zeros((N_CODES, 2), np.float32), 0.0)]
    images = np.array([[0.5, -1, 0.0, 1, 1.0, 0], [0.2, 0, 0, 0, 0, 0]], np.float32)
    tensors = [keras.ops.convert_to_tensor(x) for x in (images, np.zeros((2, N_CODES), "float32"))]
    layers = [(keras.ops.convert_to_tensor(kernel), bias) for kernel, bias in layers]
    scores = keras.ops.convert_to_numpy(discriminator.score(layers, *tensors))[:, 0]
    total = np.expm1(2.0 * images[:, ::2]).sum(axis=1)
    assert scores / IMAGE_SHARPNESS == pytest.approx(np.log1p(total) / 2.0, rel=1e-5)


def test_pixels_below_the_smallest_signal_are_empty_in_all_channels():
    network = AdversarialNetwork(3, 2, N_CODES, 3, (8,), (8,), smallest=0.3, span=5.0, seed=0)
    values = np.array([[0.2, 0.5, 0.4, -0.5, -0.6, 0.1]], np.float32)
    emptied = keras.ops.convert_to_numpy(network.empty(keras.ops.convert_to_tensor(values)))
    assert emptied[0] == pytest.approx([0, 0, 0.4, -0.5, 0, 0])


def test_another_backend_trains_as_well():
    def train(images, codes):
        from showerforge.networks.adversarial import AdversarialNetwork
        from showerforge.networks.generative import ConditionedBatches, train_generative
        from showerforge.networks.variational import VariationalAutoencoder

        adversaries = AdversarialNetwork(16, 1, 2, 3, (8,), (8, 8), 0.1, 5.0, 0)
        batches = ConditionedBatches(images, codes, 16, 0)
        options = {"use_ema": True, "beta_1": 0.5}
        autoencoder = VariationalAutoencoder(16, 2, 2, (8,), 0.01, 0)
        return (
            train_generative(adversaries, batches, 5, 0.001, **options),
            train_generative(autoencoder, batches, 5, 0.01),
        )

    curves, of_autoencoder = run_alone("tensorflow", train, *make_arrays())
    assert {"epoch", "generator_loss", "discriminator_loss"} < set(curves)
    assert {"epoch", "reconstruction", "kl"} < set(of_autoencoder)
    assert len(curves) == len(of_autoencoder) == 5
    assert of_autoencoder["loss"][4] < of_autoencoder["loss"][0]
