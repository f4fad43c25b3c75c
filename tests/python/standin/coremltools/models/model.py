from copy import deepcopy

from .utils import _is_macos, _macos_version, load_spec


class MLModel:
    def __init__(self, model, is_temp_package=False, mil_program=None, skip_model_load=False, compute_units=None,
                 weights_dir=None, function_name=None, optimization_hints=None):
        self.package_path = None
        self.function_name = function_name
        self.compute_unit = compute_units
        self._spec = load_spec(model) if isinstance(model, str) else deepcopy(model)

    @property
    def short_description(self):
        return self._spec.description.metadata.shortDescription

    @property
    def user_defined_metadata(self):
        return self._spec.description.metadata.userDefined

    def get_spec(self):
        return deepcopy(self._spec)

    def predict(self, data, state=None):
        """Predictions for the model."""
        if not _is_macos() or _macos_version() < (10, 13):
            raise Exception("Model prediction is only supported on macOS version 10.13 or later.")
