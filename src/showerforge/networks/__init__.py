"""Neural networks on images, in Keras 3: one definition for PyTorch, TensorFlow and JAX.

Whatever imports Keras is imported inside functions by others, as that takes seconds; nothing here
imports a backend.
"""
