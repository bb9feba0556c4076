//! All routes: the built-in ones, those of the layers, and what higher layers change of lower ones.
//!
//! A route has one number, that of the lowest layer that has it: the built-in ones come first, then the person's, then
//! the project's.

use std::borrow::Cow;

use super::{Layer, Owner, wording};
use crate::patterns::compiled::{ArchivedCompiled, ArchivedRoute};
use crate::patterns::own::{
    ArchivedChange, SETS_DOES, SETS_KIND, SETS_MODEL, SETS_NAME, SETS_OFF, SETS_STAY,
    SETS_THRESHOLD, SETS_TIER,
};

/// The plugin's name, which the client puts before the names of its agents and skills.
pub const PLUGIN: &str = "promptune";

/// All routes.
#[derive(Clone, Copy)]
pub struct Routes<'t> {
    base: &'t ArchivedCompiled,
    layers: &'t [Layer],
}

/// One route as all layers together have it.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Route<'t> {
    /// Its ID.
    pub id: &'t str,
    /// The target's name, without the prefix of our plugin where it is ours.
    pub name: &'t str,
    /// The target is one of our plugin's.
    pub ours: bool,
    /// True for an agent, false for a skill.
    pub agent: bool,
    /// `haiku`, `sonnet`, `opus` or `inherit`; `None` where nobody says.
    pub model: Option<&'t str>,
    /// Plan mode allows the target.
    pub plans: bool,
    /// What the target does, for the hint.
    pub does: Cow<'t, str>,
    /// When the request is better answered in the conversation, for the hint.
    pub stay: Option<Cow<'t, str>>,
    /// The confidence below which the route stays silent.
    pub threshold: f32,
    /// A layer sets that.
    pub threshold_set: bool,
    /// A layer silences it.
    pub off: bool,
    /// The highest layer that says what the target is or does.
    pub told_by: Owner,
    /// The target is known. A route of a project that only adds to one the person no longer has leads nowhere.
    pub complete: bool,
    /// The highest layer that sets something, and the file in which it does.
    pub changed: Option<(Owner, &'t str)>,
}

impl Route<'_> {
    /// What the client calls the target: `promptune:test-runner`, `deployer`.
    #[must_use]
    pub fn target_id(&self) -> Cow<'_, str> {
        if self.ours {
            Cow::Owned(format!("{PLUGIN}:{}", self.name))
        } else {
            Cow::Borrowed(self.name)
        }
    }
}

impl<'t> Routes<'t> {
    /// The routes of `base` and of `layers`, the lowest first.
    #[must_use]
    pub fn new(base: &'t ArchivedCompiled, layers: &'t [Layer]) -> Self {
        Self { base, layers }
    }

    /// The routes of one table.
    #[must_use]
    pub fn of(base: &'t ArchivedCompiled) -> Self {
        Self { base, layers: &[] }
    }

    /// The layers over the base.
    #[must_use]
    pub fn layers(&self) -> &'t [Layer] {
        self.layers
    }

    /// How many routes are in the base.
    #[must_use]
    pub fn in_base(&self) -> usize {
        self.base.routes.len()
    }

    /// The number of the route that `own` of the layer `layer` is.
    #[must_use]
    pub fn number(&self, layer: usize, own: usize) -> usize {
        let table = self.layers[layer].own;
        if let Some(builtin) = table.changes[own].builtin.as_ref() {
            return usize::from(builtin.to_native());
        }
        let id = table.compiled.routes[own].id.as_str();
        let lower = (0..layer).find_map(|lower| Some((lower, find(&self.layers[lower], id)?)));
        let (layer, own) = lower.unwrap_or((layer, own));
        self.first(layer) + own
    }

    /// The number of the first route of a layer.
    fn first(&self, layer: usize) -> usize {
        let lower = &self.layers[..layer];
        let lower: usize = lower.iter().map(|it| it.own.compiled.routes.len()).sum();
        self.in_base() + lower
    }

    /// The ID of a route.
    #[must_use]
    pub fn id(&self, number: usize) -> &'t str {
        self.lowest(number).1.id.as_str()
    }

    /// The layer that has the route first, `None` for the base, and what it says.
    fn lowest(&self, number: usize) -> (Option<usize>, &'t ArchivedRoute) {
        if let Some(route) = self.base.routes.get(number) {
            return (None, route);
        }
        let mut rest = number - self.in_base();
        for (layer, it) in self.layers.iter().enumerate() {
            let routes = &it.own.compiled.routes;
            if let Some(route) = routes.get(rest) {
                return (Some(layer), route);
            }
            rest -= routes.len();
        }
        // Numbers come from `number` and from the base's decisions.
        (None, &self.base.routes[0])
    }

    /// The place of a route in a layer, if that layer says something of it.
    #[must_use]
    pub fn within(&self, layer: usize, number: usize) -> Option<usize> {
        find(&self.layers[layer], self.id(number))
    }

    /// A route, as all layers together have it.
    #[must_use]
    pub fn route(&self, number: usize) -> Route<'t> {
        let (lowest, told) = self.lowest(number);
        let builtin = lowest.is_none();
        let mut route = Route {
            id: told.id.as_str(),
            name: told.name.as_str(),
            ours: builtin,
            agent: told.agent,
            model: Some(told.model.as_str()).filter(|model| !model.is_empty()),
            plans: told.plans,
            does: Cow::Borrowed(told.does.as_str()),
            stay: Some(Cow::Borrowed(told.stay.as_str())),
            threshold: told.threshold.to_native(),
            threshold_set: false,
            off: false,
            told_by: Owner::Builtin,
            complete: builtin,
            changed: None,
        };
        for (index, layer) in self.layers.iter().enumerate() {
            if let Some(own) = self.within(index, number) {
                route.overlay(layer, own, lowest == Some(index));
            }
        }
        route
    }
}

fn find(layer: &Layer, id: &str) -> Option<usize> {
    layer
        .own
        .compiled
        .routes
        .binary_search_by(|route| route.id.as_str().cmp(id))
        .ok()
}

impl<'t> Route<'t> {
    /// Takes over what a layer says.
    fn overlay(&mut self, layer: &Layer, own: usize, lowest: bool) {
        let change: &'t ArchivedChange = &layer.own.changes[own];
        let said: &'t ArchivedRoute = &layer.own.compiled.routes[own];
        let sets = |bit: u8| change.sets & bit != 0;
        if sets(SETS_NAME) {
            self.name = said.name.as_str();
            self.ours = false;
        }
        if sets(SETS_KIND) {
            self.agent = said.agent;
        }
        if sets(SETS_MODEL) {
            self.model = Some(said.model.as_str()).filter(|model| !model.is_empty());
        }
        // A skill runs on the conversation's model.
        if self.model.is_none() && !self.agent {
            self.model = Some("inherit");
        }
        if sets(SETS_TIER) {
            self.plans = said.plans;
        }
        if sets(SETS_DOES) {
            self.does = wording::harmless(&said.does, wording::LONGEST_DOES).into();
        }
        if sets(SETS_STAY) || lowest {
            let stay = wording::harmless(&said.stay, wording::LONGEST_STAY);
            self.stay = Some(stay.into()).filter(|stay: &Cow<'_, str>| !stay.is_empty());
        }
        if sets(SETS_THRESHOLD) {
            self.threshold = said.threshold.to_native();
            self.threshold_set = true;
        }
        if sets(SETS_OFF) {
            self.off = change.off;
        }
        if sets(SETS_NAME | SETS_KIND | SETS_DOES | SETS_STAY | SETS_MODEL) {
            self.told_by = layer.owner;
        }
        self.complete |= sets(SETS_NAME) && sets(SETS_KIND) && sets(SETS_DOES);
        if change.sets != 0 {
            let file = layer.own.sources.get(change.file.to_native() as usize);
            self.changed = file.map(|file| (layer.owner, file.path.as_str()));
        }
    }
}
