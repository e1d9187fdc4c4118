"""This module holds the machine in a plant file: every key, its unit and its hover text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, model_validator

from simtwin.plant import fields as f
from simtwin.plant.batch import Same
from simtwin.plant.calendar import ShiftEnd
from simtwin.plant.fields import FileModel, Name, wrong
from simtwin.plant.law_schema import LawFile, at_most_one, exactly_one
from simtwin.plant.life_schema import LifeFile
from simtwin.plant.model import Form


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
    rows: f.Count | None = None
    """Bearings in the set, each with its own friction; 2 for a pair."""
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
    edges: f.EdgeCount = 1
    """Sister tools, each one cutting edge."""


class FailureFile(FileModel):
    """One way to fail, or a preset of several (PHYSICS 9, KERNEL 24)."""

    id: Name | None = None
    """What it is called; a preset brings its own."""
    preset: Name | None = None
    """A subsystem of the catalogue, or all-subsystems."""
    mtbf_h: f.PositiveHours | None = None
    """For presets: operating hours between failures of the whole machine, else 800 [h]."""
    clock: Literal["calendar", "on_shift", "powered", "processing", "cycles"] | None = None
    """When its age grows: always; while on; while producing; per finished piece."""
    life_h: f.PositiveHours | None = None
    """Life, always the same [h]."""
    life_min: f.PositiveMinutes | None = None
    """Life, always the same [min]."""
    life_cycles: f.Count | None = None
    """Life, always the same [cycles]."""
    life: LifeFile | None = None
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
    skill: Name = "repair"
    """Skill of the crew that repairs it."""
    maintenance_s: f.Seconds | None = None
    """Duration of its planned renewal [s]."""
    maintenance_min: f.Minutes | None = None
    """Duration of its planned renewal [min]."""
    maintenance_h: f.Hours | None = None
    """Duration of its planned renewal [h]."""
    planned_cost: f.Ratio = 0.0
    """Of one planned renewal [money]."""
    failure_cost: f.Ratio = 0.0
    """Of one failure, beside what the stop costs [money]."""
    renewal: StrictBool = True
    """true: as good as new after repair; false: minimal repair, the age goes on."""

    @model_validator(mode="after")
    def _whole(self) -> FailureFile:
        at_most_one(self, "life")
        at_most_one(self, "repair")
        at_most_one(self, "maintenance")
        if self.preset is not None:
            return self
        if self.mtbf_h is not None:
            raise wrong("mtbf_h belongs to a preset; give 'life' instead")
        if self.id is None:
            raise wrong("needs an id, or a preset")
        if self.clock is None:
            raise wrong("needs a clock: calendar, on_shift, powered, processing or cycles")
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


class BatchFile(FileModel):
    """How many pieces a machine works on at once, as a furnace or a washer does."""

    most: f.Count
    """Pieces that go in at once; the duration of an operation is that of all together."""
    least: f.Count = 1
    """Pieces with which a batch begins; 1: with whatever is there."""
    wait_min: f.PositiveMinutes | None = None
    """After so long a wait of its oldest piece a batch begins with fewer than `least` [min]."""
    same: Same = "operation"
    """Which go together: pieces of one operation of a product, of one setup_family, or any."""


class MachineFile(FileModel):
    """A machine: a preset, a spindle, or neither (then plain, without physics)."""

    id: Name
    """What it is called."""
    preset: Name | None = None
    """generic-vmc-40, generic-vmc-50, generic-lathe-8in, generic-hmc-500 or generic-5axis."""
    group: Name | None = None
    """Machines of one group share one queue."""
    unused: StrictBool = False
    """true: it stands there, and no route leads to it."""
    buffer: f.NotNegativeCount | None = None
    """Slots in front of the station, machines not counted; left out: without limit."""
    kanban: f.Count | None = None
    """Cards: pieces that wait, are worked on or wait to leave the station, at most."""
    preempt: StrictBool | None = None
    """true: a piece of higher priority interrupts the work on one of lower."""
    batch: BatchFile | None = None
    """It works on several pieces at once; left out: on one at a time."""
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
    feed_override: f.Override | None = None
    """How its feed is set at the start [%]; left out: 100."""
    spindle_override: f.Override | None = None
    """How its spindle speed is set at the start [%]; left out: 100."""
    calendar: Name | None = None
    """One of `calendars`, or always; left out: that of the plant."""
    at_shift_end: ShiftEnd | None = None
    """finish the piece in hand, pause, scrap it, or hold release: start nothing that would end
    after the shift; left out: as the plant says."""
    form: Form | None = None
    """How it is drawn: vertical mill, horizontal mill, five-axis mill, lathe, bench, saw,
    drill press, washer, inspection or furnace; left out: as its preset, else by its work."""
