"""This module holds the plant file: every key, its unit, its bounds and its hover text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, model_validator

from simtwin.plant import fields as f
from simtwin.plant.fields import FileModel, Name, Names, wrong
from simtwin.plant.law_schema import LawFile, at_most_one, exactly_one


def only_one(model: FileModel, *keys: str, needed: bool = True) -> None:
    """Refuse a *model* that gives several of *keys*, or none where one is needed."""
    given = [key for key in keys if getattr(model, key) is not None]
    if len(given) > 1:
        raise wrong(f"{' and '.join(repr(key) for key in given)} exclude each other")
    if needed and not given:
        raise wrong(f"needs one of {', '.join(keys)}")


class TripFile(FileModel):
    """A temperature that stops the machine until it has cooled down."""

    node: Name
    """Node of the thermal network: motor, front, rear, shaft or housing."""
    limit_c: f.Celsius
    """Stops the machine [degC]."""
    reset_c: f.Celsius
    """It may go on below this temperature [degC]."""

    @model_validator(mode="after")
    def _ordered(self) -> TripFile:
        if self.reset_c >= self.limit_c:
            raise wrong(
                f"reset_c must lie below limit_c (got {self.reset_c} and {self.limit_c})"
            )
        return self


class NodeFile(FileModel):
    """One lumped mass of a thermal network."""

    id: Name
    """motor, front, rear, shaft or housing."""
    capacity_j_k: f.HeatCapacity
    """Heat capacity [J/K]."""


class LinkFile(FileModel):
    """A heat path between two nodes, or from a node to coolant or ambient."""

    node: Name
    """Where heat comes from."""
    to: Name
    """Another node, coolant or ambient."""
    conductance_w_k: f.Conductance
    """Heat flow per kelvin [W/K]."""


class NetworkFile(FileModel):
    """A thermal network that replaces the preset's (PHYSICS 5.3)."""

    nodes: tuple[NodeFile, ...] = Field(min_length=1)
    """The masses; motor, front and rear are heated."""
    links: tuple[LinkFile, ...] = Field(min_length=1)
    """The heat paths; one to coolant or ambient at least."""


class SpindleFile(FileModel):
    """A motor spindle; keys left out come from the preset (PHYSICS 4, 5)."""

    power_kw: f.PositiveKilowatts | None = None
    """Continuous rating S1 [kW]."""
    max_rpm: f.Rpm | None = None
    """Highest speed [rpm]."""
    base_rpm: f.Rpm | None = None
    """End of constant torque [rpm]."""
    torque_nm: f.NewtonMetres | None = None
    """Continuous torque up to the base speed [Nm]."""
    short_time: f.PositiveRatio | None = None
    """S6-40 % rating over S1 [-], 1.3 to 1.7."""
    inertia_kg_m2: f.Inertia | None = None
    """Rotor and tool holder [kg m2]."""
    cutting_speed_m_min: f.MetresPerMinute | None = None
    """Cutting speed assumed for plain durations [m/min]."""
    torque_constant_nm_a: f.NewtonMetresPerAmpere | None = None
    """Torque per ampere, rms [Nm/A]."""
    resistance_ohm: f.Ohms | None = None
    """Winding resistance per phase [ohm]."""
    idle_current_a: f.Amperes | None = None
    """No-load current, rms [A]."""
    iron_linear_ws_rad: f.LossPerSpeed | None = None
    """Iron loss per speed [W s/rad]."""
    iron_square_ws2_rad2: f.LossPerSquare | None = None
    """Iron loss per squared speed [W s2/rad2]."""
    additional_loss: f.Fraction | None = None
    """Additional loss over cutting power [-], .10 to .20."""
    trips: tuple[TripFile, ...] | None = None
    """Temperatures that stop the machine; replaces those of the preset, [] for none."""
    network: NetworkFile | None = None
    """Thermal network; replaces that of the preset."""


class BearingFile(FileModel):
    """A bearing position (a pair counts as one); keys left out come from the preset."""

    kind: Literal["ball", "roller"] | None = None
    """Rolling elements."""
    mean_diameter_mm: f.Millimetres | None = None
    """dm, mean of bore and outer diameter [mm]."""
    rating_kn: f.Kilonewtons | None = None
    """Dynamic load rating C of the position [kN]."""
    fatigue_load_kn: f.Kilonewtons | None = None
    """Fatigue load limit Cu [kN]."""
    preload_n: f.Newtons | None = None
    """Constant part of the equivalent load [N]."""
    load_share: f.Ratio | None = None
    """Equivalent load over cutting force [-]."""
    f0: f.Ratio | None = None
    """Viscous friction factor [-]."""
    f1: f.Ratio | None = None
    """Load friction factor [-]."""
    viscosity_mm2_s: f.Viscosity | None = None
    """Oil viscosity at running temperature [mm2/s]."""
    oil_40c_mm2_s: f.Viscosity | None = None
    """Oil viscosity at 40 degC; with the next key friction follows the temperature [mm2/s]."""
    oil_100c_mm2_s: f.Viscosity | None = None
    """Oil viscosity at 100 degC [mm2/s]."""
    oil_reference_c: f.Celsius | None = None
    """Temperature at which friction is linearised [degC]."""
    contamination: f.Fraction | None = None
    """eC of ISO 281 [-]: 1 clean, .5 normal, .05 severe."""
    repair_h: f.PositiveHours | None = None
    """Replacement of the bearing [h]."""
    repair: LawFile | None = None
    """Replacement of the bearing, as a law."""

    @model_validator(mode="after")
    def _sound(self) -> BearingFile:
        at_most_one(self, "repair")
        if (self.oil_40c_mm2_s is None) != (self.oil_100c_mm2_s is None):
            raise wrong("oil_40c_mm2_s and oil_100c_mm2_s belong together")
        if (
            self.oil_40c_mm2_s
            and self.oil_100c_mm2_s
            and self.oil_100c_mm2_s >= self.oil_40c_mm2_s
        ):
            raise wrong("oil_100c_mm2_s must be below oil_40c_mm2_s")
        return self


class BearingsFile(FileModel):
    """The two bearing positions of a spindle."""

    front: BearingFile = BearingFile()
    """At the tool."""
    rear: BearingFile = BearingFile()
    """At the motor."""


class SlotFile(FileModel):
    """A tool in a magazine and how many sisters it has."""

    tool: Name
    """One of `tools`."""
    edges: f.Count = 1
    """Sister tools, each one cutting edge."""


class FailureFile(FileModel):
    """One way to fail, or a preset of several (PHYSICS 9, KERNEL 24)."""

    id: Name | None = None
    """What it is called; a preset brings its own."""
    preset: Name | None = None
    """A subsystem of the catalogue, or all-subsystems."""
    mtbf_h: f.PositiveHours | None = None
    """For presets: operating hours between failures of the whole machine, else 800 [h]."""
    clock: Literal["calendar", "powered", "processing", "cycles"] | None = None
    """When its age grows: always; while on; while producing; per finished piece."""
    life_h: f.PositiveHours | None = None
    """Life, always the same [h]."""
    life_min: f.PositiveMinutes | None = None
    """Life, always the same [min]."""
    life_cycles: f.Count | None = None
    """Life, always the same [cycles]."""
    life: LawFile | None = None
    """Life as a law; in cycles for the clock cycles."""
    repair_s: f.Seconds | None = None
    """Repair, always the same [s]."""
    repair_min: f.Minutes | None = None
    """Repair, always the same [min]."""
    repair_h: f.Hours | None = None
    """Repair, always the same [h]."""
    repair: LawFile | None = None
    """Repair as a law."""
    crew: StrictBool = True
    """Whether the repair needs a member of the crew."""
    renewal: StrictBool = True
    """true: as good as new after repair; false: minimal repair, the age goes on."""

    @model_validator(mode="after")
    def _whole(self) -> FailureFile:
        at_most_one(self, "life")
        at_most_one(self, "repair")
        if self.preset is not None:
            return self
        if self.mtbf_h is not None:
            raise wrong("mtbf_h belongs to a preset; give 'life' instead")
        if self.id is None:
            raise wrong("needs an id, or a preset")
        if self.clock is None:
            raise wrong("needs a clock: calendar, powered, processing or cycles")
        exactly_one(self, "life")
        exactly_one(self, "repair")
        return self


class PowerFile(FileModel):
    """What the machine draws beside its spindle (PHYSICS 4.4)."""

    standby_kw: f.Kilowatts | None = None
    """Control on, drives off [kW]."""
    ready_kw: f.Kilowatts | None = None
    """Drives enabled, waiting [kW]."""
    processing_kw: f.Kilowatts | None = None
    """Producing, spindle not counted [kW]."""


class MachineFile(FileModel):
    """A machine: a preset, a spindle, or neither (then plain, without physics)."""

    id: Name
    """What it is called."""
    preset: Name | None = None
    """generic-vmc-40, generic-vmc-50, generic-lathe-8in, generic-hmc-500 or generic-5axis."""
    group: Name | None = None
    """Machines of one group share one queue."""
    buffer: f.NotNegativeCount | None = None
    """Slots in front of the station, machines not counted; left out: without limit."""
    spindle: SpindleFile | None = None
    """Changes to the spindle of the preset."""
    bearings: BearingsFile | None = None
    """Changes to the bearings of the preset."""
    magazine: tuple[SlotFile, ...] = ()
    """Tools that it holds."""
    failures: tuple[FailureFile, ...] = ()
    """How it fails; never, if left out (bearings and tools apart)."""
    power: PowerFile | None = None
    """Power beside the spindle."""
    tool_change_s: f.Seconds | None = None
    """Chip to chip [s]."""
    refit_min: f.Minutes | None = None
    """Exchange of all worn edges of a tool by hand, when no sister is left [min]."""
    overload_reset_min: f.Minutes | None = None
    """Stop after a stall until it is cleared [min]."""
    coolant_loss_life: f.Fraction | None = None
    """Tool life without coolant over tool life with it [-], .4 to .7."""


class CrewFile(FileModel):
    """The repair crew."""

    members: f.Count
    """How many repairs can go on at once."""


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
    """Life of one edge in cut, whatever the cutting data [min]."""
    life_scatter: f.Ratio | None = None
    """Coefficient of variation of the life of an edge [-], .25 to .35; 0: none."""
    wear_limit_mm: f.Millimetres | None = None
    """Flank wear at which the edge is worn out [mm]."""
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
    """Pieces that one edge lasts."""
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


class OperationFile(DurationFile):
    """One operation of a route: a program, or a plain duration with a load."""

    operation: Name
    """What it is called within its product."""
    machines: Names
    """Machines or groups that can do it."""
    program: Name | None = None
    """One of `programs`."""
    after: tuple[Name, ...] | None = None
    """Operations that come first; left out: the one above."""

    @model_validator(mode="after")
    def _one_content(self) -> OperationFile:
        if self.program is None:
            exactly_one(self, "duration")
            return self
        extra = sorted(self.model_fields_set & set(DurationFile.model_fields))
        if extra:
            raise wrong(f"'program' and {extra[0]!r} exclude each other")
        return self


class ProductFile(FileModel):
    """A product and its route."""

    id: Name
    """What it is called."""
    scrap_on_breakage: f.Fraction = 0.5
    """Chance that the piece is scrap when a tool breaks in it [-]."""
    route: tuple[OperationFile, ...] = Field(min_length=1)
    """Its operations."""


class SourceFile(FileModel):
    """A stream of pieces that no order asks for."""

    id: Name
    """What it is called."""
    product: Name
    """One of `products`."""
    saturating: StrictBool | None = None
    """true: the first station never lacks a piece."""
    every_s: f.Seconds | None = None
    """Time between two pieces [s]."""
    every_min: f.Minutes | None = None
    """Time between two pieces [min]."""
    every_h: f.Hours | None = None
    """Time between two pieces [h]."""
    every: LawFile | None = None
    """Time between two pieces as a law."""

    @model_validator(mode="after")
    def _one_pace(self) -> SourceFile:
        if self.saturating:
            at_most_one(self, "every")
            if any(key.startswith("every") for key in self.model_fields_set):
                raise wrong("'saturating' and 'every' exclude each other")
        else:
            exactly_one(self, "every")
        return self


class PlantFile(FileModel):
    """A machine shop as simtwin reads it."""

    plant: Name
    """What it is called."""
    ambient_c: f.Celsius = 22.0
    """Temperature of the hall [degC]."""
    coolant_c: f.Celsius = 22.0
    """Temperature of the coolant [degC]."""
    crew: CrewFile | None = None
    """The repair crew; left out: a repair never waits."""
    machines: tuple[MachineFile, ...] = Field(min_length=1)
    """The machines."""
    materials: tuple[MaterialFile, ...] = ()
    """Work materials beside those of the catalogue."""
    tools: tuple[ToolFile, ...] = ()
    """Kinds of tools."""
    programs: tuple[ProgramFile, ...] = ()
    """What is done in an operation, by cutting data."""
    products: tuple[ProductFile, ...] = Field(min_length=1)
    """What is made, and how."""
    sources: tuple[SourceFile, ...] = ()
    """Streams of pieces without orders."""
