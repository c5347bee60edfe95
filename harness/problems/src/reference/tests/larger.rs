use super::draws::*;
use crate::reference::Measurements;

const D: usize = 50;
const M: usize = 1000;

#[test]
fn dense_measurements_of_fifty_by_fifty_are_certified() {
    let rng = &mut generator(1);
    let truth = low_rank(rng, D, D, 2);
    let a = normal(rng, M, D * D);
    let solution = flattest(Measurements::Dense(a.view()), &truth, false);
    assert_certified(&solution, "dense");
    assert!(relative_error(&solution.x, &truth) <= 1e-9);
}

#[test]
fn rank_one_measurements_of_fifty_by_forty_are_certified() {
    let rng = &mut generator(2);
    let truth = low_rank(rng, D, 40, 2);
    let (left, right) = (normal(rng, M, D), normal(rng, M, 40));
    let solution = flattest(Measurements::RankOne { left: left.view(), right: right.view() }, &truth, false);
    assert_certified(&solution, "rank one");
    assert!(relative_error(&solution.x, &truth) <= 1e-9);
}

#[test]
fn the_same_instance_gives_the_same_bits() {
    let rng = &mut generator(3);
    let truth = signed(rng, 12, 2, 1);
    let x = normal(rng, 40, 12);
    let once = flattest(Measurements::RankOne { left: x.view(), right: x.view() }, &truth, true);
    let again = flattest(Measurements::RankOne { left: x.view(), right: x.view() }, &truth, true);
    assert_eq!(once, again);
    assert_eq!(once.x, once.x.t());
}
