"""What shall be done, and on what grounds: the tables of this room."""

from quanyu.decisions.models.flow import Assessment, SeriesRun

__all__ = ["Assessment", "SeriesRun"]
