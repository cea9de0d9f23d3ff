"""Several networks as one."""

from __future__ import annotations

from collections.abc import Sequence

import keras


def join_networks(members: Sequence[keras.Model]) -> keras.Model:
    """Make the network whose logit is the mean of those of its members.

    Parameters
    ----------
    members : networks of images of one shape.
    """
    if len(members) == 1:
        return members[0]
    images = keras.Input(members[0].input_shape[1:], name="images")
    for number, member in enumerate(members):
        member.name = f"member_{number}"
    logits = [member(images) for member in members]
    return keras.Model(images, keras.layers.Average(name="logit")(logits), name="joined")
