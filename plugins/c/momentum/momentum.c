/* Gradient descent with momentum, written in C: the same method as plugins/momentum.
 *
 * Update rule: v <- mu v + grad f(w); w <- w - eta v for the heavy ball, w <- w - eta grad f(w) - eta mu v for Nesterov.
 * Cost per step: 1 full-gradient equivalent.
 *
 * Build: cc -O2 -ffp-contract=off -shared -fPIC -I plugins/sdk/include -o momentum.so plugins/c/momentum/momentum.c
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "flatbench_plugin.h"

enum { STEP_SIZE, MOMENTUM, NESTEROV, HYPERPARAMETERS };

static const FlatbenchHyperparameter hyperparameters[HYPERPARAMETERS] = {
    [STEP_SIZE] = {.name = "step_size",
                   .description = "Step size η.",
                   .kind = FLATBENCH_SCHEDULE,
                   .default_value = {.schedule = {FLATBENCH_CONSTANT, 0.25, 0.25, 1.0}},
                   .default_unit = FLATBENCH_INVERSE_LAMBDA_MAX,
                   .log_scale = true,
                   .min = 0.0,
                   .max = INFINITY},
    [MOMENTUM] = {.name = "momentum",
                  .description = "Momentum μ.",
                  .kind = FLATBENCH_REAL,
                  .default_value = {.real = 0.9},
                  .min = 0.0,
                  .max = 0.999},
    [NESTEROV] = {.name = "nesterov", .description = "Whether to look ahead (Nesterov).", .kind = FLATBENCH_BOOL},
};

typedef struct {
    FlatbenchSchedule step_size;
    double momentum;
    bool nesterov;
    size_t dimension;
    /* Velocity, then gradient. */
    double *memory;
} Momentum;

static int32_t create(const FlatbenchValue *values, const FlatbenchBlock *blocks, size_t block_count, void **state,
                      char *message, size_t message_size) {
    size_t dimension = 0;
    for (size_t i = 0; i < block_count; i++) {
        dimension += blocks[i].rows * blocks[i].cols;
    }
    Momentum *self = malloc(sizeof *self);
    double *memory = calloc(2 * dimension + 1, sizeof *memory);
    if (self == NULL || memory == NULL) {
        free(self);
        free(memory);
        snprintf(message, message_size, "no memory for %zu parameters", dimension);
        return FLATBENCH_ERROR;
    }
    *self = (Momentum){values[STEP_SIZE].schedule, values[MOMENTUM].real, values[NESTEROV].boolean, dimension, memory};
    *state = self;
    return FLATBENCH_OK;
}

static int32_t step(void *state, double *w, const FlatbenchOracle *oracle) {
    Momentum *self = state;
    double *velocity = self->memory, *gradient = self->memory + self->dimension;
    int32_t status = oracle->gradient(oracle->state, w, gradient);
    if (status != FLATBENCH_OK) {
        return status;
    }
    double step_size = oracle->schedule_value(oracle->state, &self->step_size);
    for (size_t i = 0; i < self->dimension; i++) {
        velocity[i] = velocity[i] * self->momentum + gradient[i];
        if (self->nesterov) {
            w[i] += -step_size * gradient[i];
            w[i] += -step_size * self->momentum * velocity[i];
        } else {
            w[i] += -step_size * velocity[i];
        }
    }
    return FLATBENCH_OK;
}

static void destroy(void *state) {
    Momentum *self = state;
    free(self->memory);
    free(self);
}

const FlatbenchOptimizer *flatbench_optimizer_v1(void) {
    static const FlatbenchOptimizer optimizer = {
        .size = sizeof(FlatbenchOptimizer),
        .minor = FLATBENCH_INTERFACE_MINOR,
        .name = "momentum-c",
        .version = "0.1.0",
        .description = "Gradient descent with momentum, in C: v ← μ v + ∇f(w), w ← w − η v (heavy ball) or w − η (∇f(w) + μ v).",
        .hyperparameter_count = HYPERPARAMETERS,
        .hyperparameters = hyperparameters,
        .create = create,
        .step = step,
        .destroy = destroy,
    };
    return &optimizer;
}
