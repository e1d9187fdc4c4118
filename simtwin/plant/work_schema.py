"""This module holds the work in a plant file: tools, materials, and the steps of programs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from simtwin.plant import fields as f
from simtwin.plant.fields import FileModel, Name, wrong
from simtwin.plant.law_schema import LawFile, at_most_one, exactly_one


def only_one(model: FileModel, *keys: str, needed: bool = True) -> None:
    """Refuse a *model* that gives several of *keys*, or none where one is needed."""
    given = [key for key in keys if getattr(model, key) is not None]
    if len(given) > 1:
        raise wrong(f"{' and '.join(repr(key) for key in given)} exclude each other")
    if needed and not given:
        raise wrong(f"needs one of {', '.join(keys)}")


class TaylorFile(FileModel):
    """Tool life after Taylor, V T^n = C, at a reference feed and depth (PHYSICS 7.1)."""

    c_m_min: f.MetresPerMinute
    """Cutting speed that wears an edge out in one minute [m/min]."""
    n: f.PositiveRatio
    """Taylor exponent [-], .20 to .30 for carbide."""
    reference_feed_mm: f.Millimetres | None = None
    """Feed for which C holds [mm]."""
    reference_depth_mm: f.Millimetres | None = None
    """Depth for which C holds [mm]."""
    feed_exponent: f.Ratio = 0.0
    """Life falls with feed to this power [-], 1.25 to 2.5; 0: does not."""
    depth_exponent: f.Ratio = 0.0
    """Life falls with depth to this power [-], .5 to .75; 0: does not."""

    @model_validator(mode="after")
    def _references(self) -> TaylorFile:
        if self.feed_exponent and self.reference_feed_mm is None:
            raise wrong("feed_exponent needs reference_feed_mm")
        if self.depth_exponent and self.reference_depth_mm is None:
            raise wrong("depth_exponent needs reference_depth_mm")
        return self


class ToolFile(FileModel):
    """A kind of tool; keys left out come from the preset (PHYSICS 2, 7)."""

    id: Name
    """What it is called."""
    preset: Name | None = None
    """A tool of the catalogue, such as end-mill-16-steel."""
    kind: Literal["milling", "turning", "drilling", "any"] | None = None
    """What it does; any: only plain durations use it."""
    diameter_mm: f.Millimetres | None = None
    """Cutting diameter; none for a turning insert [mm]."""
    teeth: f.Count | None = None
    """Cutting edges that share the feed."""
    approach_deg: f.ApproachDegrees | None = None
    """Approach angle kappa; for a drill half the point angle [deg]."""
    rake_deg: f.Degrees | None = None
    """Rake angle gamma [deg]."""
    taylor: TaylorFile | None = None
    """Life that follows the cutting data."""
    life_min: f.PositiveMinutes | None = None
    """Life of one edge in cut, whatever the cutting data, and in plain durations [min]."""
    life_scatter: f.Scatter | None = None
    """Coefficient of variation of the life of an edge [-], .25 to .35, 2 at most; 0: none."""
    wear_limit_mm: f.Millimetres | None = None
    """Flank wear at which the edge is worn out [mm]."""
    nose_radius_mm: f.Millimetres | None = None
    """Radius of the corner that leaves the surface, for its roughness [mm]."""
    force_per_wear_per_mm: f.PerMillimetre | None = None
    """Growth of cutting force per mm of flank wear [1/mm]; .9."""
    break_rate_per_h: f.PerHour | None = None
    """Breakage hazard of a fresh edge [1/h in cut]; 0: never."""
    break_growth: f.Ratio | None = None
    """Exponent by which the hazard grows until the wear limit [-]."""
    change: Literal["planned", "at limit"] | None = None
    """planned: before a cut that the life left does not cover; at limit: when worn."""

    @model_validator(mode="after")
    def _one_life(self) -> ToolFile:
        only_one(self, "taylor", "life_min", needed=False)
        return self


class MaterialFile(FileModel):
    """A work material beside those of the catalogue (PHYSICS 2.1)."""

    id: Name
    """What it is called."""
    kc11_n_mm2: f.CuttingForce
    """Specific cutting force for a chip of 1 mm x 1 mm [N/mm2]."""
    mc: f.Fraction
    """Its exponent against chip thickness [-]."""
    drilling_kc_n_mm2: f.CuttingForce | None = None
    """Flat specific force for drilling [N/mm2]."""


class MillFile(FileModel):
    """A milling cut at constant load."""

    tool: Name
    """One of `tools`."""
    material: Name | None = None
    """A VDI 3323 group of the catalogue (P6, N22) or one of `materials`; else the program's."""
    speed_m_min: f.MetresPerMinute
    """Cutting speed [m/min]."""
    feed_mm: f.Millimetres
    """Feed per tooth [mm]."""
    depth_mm: f.Millimetres
    """Axial depth ap [mm]."""
    width_mm: f.Millimetres
    """Radial width ae [mm]."""
    path_mm: f.Millimetres
    """Length cut with this feed [mm]."""


class TurnFile(FileModel):
    """A turning cut at constant load."""

    tool: Name
    """One of `tools`."""
    material: Name | None = None
    """A group of the catalogue or one of `materials`; else the program's."""
    speed_m_min: f.MetresPerMinute
    """Cutting speed [m/min]."""
    feed_mm: f.Millimetres
    """Feed per revolution [mm]."""
    depth_mm: f.Millimetres
    """Depth of cut ap [mm]."""
    diameter_mm: f.Millimetres
    """Diameter of the workpiece [mm]."""
    path_mm: f.Millimetres
    """Length cut with this feed [mm]."""


class DrillFile(FileModel):
    """Holes drilled one after another."""

    tool: Name
    """One of `tools`."""
    material: Name | None = None
    """A group of the catalogue or one of `materials`; else the program's."""
    speed_m_min: f.MetresPerMinute
    """Cutting speed at the outer corner [m/min]."""
    feed_mm: f.Millimetres
    """Feed per revolution [mm]."""
    depth_mm: f.Millimetres
    """Depth of one hole [mm]."""
    holes: f.Count = 1
    """How many."""


class DurationFile(FileModel):
    """A plain duration and the load that goes with it (PHYSICS 5.7)."""

    duration_s: f.Seconds | None = None
    """Duration of one piece [s]."""
    duration_min: f.Minutes | None = None
    """Duration of one piece [min]."""
    duration_h: f.Hours | None = None
    """Duration of one piece [h]."""
    duration: LawFile | None = None
    """Duration of one piece as a law."""
    load: Literal["light", "medium", "heavy"] | None = None
    """Mean load; medium where nothing is said."""
    spindle_load_pct: f.Percent | None = None
    """Mean load-meter reading, of the continuous rating [%]."""
    power_kw: f.Kilowatts | None = None
    """Mean cutting power at the tool [kW]."""
    rpm: f.Rpm | None = None
    """Spindle speed [rpm]; half the maximum where only a load is given."""
    tool: Name | None = None
    """Tool in the spindle."""
    parts_per_tool: f.PositiveRatio | None = None
    """Pieces that one edge lasts; without it and tool_life_min, the life_min of the tool."""
    tool_life_min: f.PositiveMinutes | None = None
    """Minutes of this operation that one edge lasts [min]."""

    @model_validator(mode="after")
    def _load_once(self) -> DurationFile:
        only_one(self, "load", "spindle_load_pct", "power_kw", needed=False)
        only_one(self, "parts_per_tool", "tool_life_min", needed=False)
        at_most_one(self, "duration")
        if self.rpm is not None and self.load is not None:
            raise wrong(
                "'rpm' goes with spindle_load_pct or power_kw; a load word brings its own"
            )
        if self.tool is None and (self.parts_per_tool or self.tool_life_min):
            raise wrong("parts_per_tool and tool_life_min need a tool")
        return self


class TimedFile(DurationFile):
    """A stretch of a program with a plain duration."""

    @model_validator(mode="after")
    def _some_duration(self) -> TimedFile:
        exactly_one(self, "duration")
        return self


class StepFile(FileModel):
    """One step of a program, named by its only key."""

    mill: MillFile | None = None
    """A milling cut."""
    turn: TurnFile | None = None
    """A turning cut."""
    drill: DrillFile | None = None
    """Holes."""
    timed: TimedFile | None = None
    """A plain duration with a load."""
    handle_s: f.Seconds | None = None
    """Spindle at rest: loading, probing, turning over [s]."""
    handle_min: f.Minutes | None = None
    """Spindle at rest: loading, probing, turning over [min]."""

    @model_validator(mode="after")
    def _one(self) -> StepFile:
        only_one(self, *type(self).model_fields)
        return self


class ProgramFile(FileModel):
    """What is done in one operation, step by step."""

    id: Name
    """What it is called."""
    material: Name | None = None
    """Work material of its cuts."""
    steps: tuple[StepFile, ...] = Field(min_length=1)
    """In order."""
