"""f(w) = (1/m) Σ ρᵢ², its gradient and its Hessian, written out densely."""

import numpy as np

from . import ball, model


class Loss:
    """The training loss of an instance; points are lists of factors."""

    def __init__(self, instance):
        self.instance = instance
        self.terms = model.terms(instance.kind, len(instance.names), instance.signs)

    def product(self, w):
        return model.product(self.terms, w)

    def residuals(self, x):
        """ρ, length m; for robust PCA X − (Y − S) with S the projection of Y − X onto the ball."""
        r = self.instance.matrix @ x.ravel() - self.instance.targets
        return r if self.instance.radius is None else r + ball.project(-r, self.instance.radius)

    def value(self, w):
        return np.mean(self.residuals(self.product(w)) ** 2)

    def slope(self, x):
        """df/dX, rows × cols."""
        r = self.residuals(x)
        return (self.instance.matrix.T @ (2.0 / len(r) * r)).reshape(x.shape)

    def gradient(self, w):
        return model.pull_back(self.terms, w, self.slope(self.product(w)))

    def hessian(self, w, moving=False):
        """∇²f, p × p. In robust PCA that of the model with S held fixed [ding2024flat], or, with `moving`, that of f itself, which it
        has almost everywhere."""
        x = self.product(w)
        each = self.instance.matrix @ model.jacobian(self.terms, w)
        curved = model.curvature(self.terms, w, self.slope(x))
        moved = self.projected(x, each) if moving and self.instance.radius is not None else each
        return 2.0 / len(each) * each.T @ moved + curved

    def projected(self, x, each):
        """Derivatives of the residuals of robust PCA, from those of X − Y: nothing inside the ball; outside, entries of S move together."""
        apart = x.ravel() - self.instance.targets
        signs = -np.sign(ball.project(-apart, self.instance.radius))
        if np.abs(apart).sum() <= self.instance.radius:
            return np.zeros_like(each)
        return np.where(signs[:, None] == 0.0, each, np.outer(signs, signs @ each) / np.sum(signs**2))


def flat(w):
    """The factors as one vector, each row by row."""
    return np.concatenate([np.ravel(block) for block in w])


def unflat(vector, like):
    """The vector as factors of the shapes of `like`."""
    ends = np.cumsum([0] + [block.size for block in like])
    return [vector[a:b].reshape(block.shape) for a, b, block in zip(ends, ends[1:], like)]
