"""Loads and runs the two networks: text to picture, picture to depth. Safetensors only; knows no plates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoImageProcessor, AutoModelForDepthEstimation

from services.inference.adapters.painter_diffusers.prompt import Prompt
from services.inference.domain.errors import EngineUnavailable


def require_device(device: str) -> None:
    """Raises EngineUnavailable when a CUDA device is asked for and there is none."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise EngineUnavailable("no CUDA device for the painter's models")


def dtype_for(device: str) -> torch.dtype:
    return torch.float16 if device.startswith("cuda") else torch.float32


class TextToImage:
    """Any pipeline that diffusers knows as text to image."""

    def __init__(self, name: str, device: str, local_files_only: bool, steps: int, guidance: float) -> None:
        require_device(device)
        from diffusers import AutoPipelineForText2Image

        loader: Any = AutoPipelineForText2Image
        try:
            self._pipeline: Any = loader.from_pretrained(
                name, dtype=dtype_for(device), local_files_only=local_files_only, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            raise EngineUnavailable(f"painter model {name}: {error}") from error
        self._pipeline.set_progress_bar_config(disable=True)
        self._pipeline.to(device)
        self._steps = steps
        self._guidance = guidance
        self.fingerprint = f"{Path(name).name}:{type(self._pipeline).__name__}:{steps}:{guidance:g}"

    def paint(self, prompt: Prompt, width: int, height: int, seed: int) -> NDArray[np.uint8]:
        """(height, width, 3) uint8 sRGB, painted at the nearest size that the model's latents allow."""
        grid = int(getattr(self._pipeline, "vae_scale_factor", 8)) * 2
        # The generator stays on the CPU: its numbers are the same on every device.
        generator = torch.Generator("cpu").manual_seed(seed)
        with torch.inference_mode():
            images = self._pipeline(
                prompt=prompt.positive,
                negative_prompt=prompt.negative,
                width=_to_grid(width, grid),
                height=_to_grid(height, grid),
                num_inference_steps=self._steps,
                guidance_scale=self._guidance,
                generator=generator,
                output_type="np",
            ).images
        picture = (np.clip(np.nan_to_num(images[0]), 0, 1) * 255 + 0.5).astype(np.uint8)
        resized: NDArray[np.uint8] = np.asarray(
            cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8
        )
        return resized


class DepthEstimation:
    """Any monocular depth model that transformers knows."""

    def __init__(self, name: str, device: str, local_files_only: bool) -> None:
        require_device(device)
        processors: Any = AutoImageProcessor
        try:
            self._processor: Any = processors.from_pretrained(name, local_files_only=local_files_only)
            self._model: Any = AutoModelForDepthEstimation.from_pretrained(
                name, local_files_only=local_files_only, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            raise EngineUnavailable(f"depth model {name}: {error}") from error
        self._model.eval().to(device)
        self._device = device
        self._metric = getattr(self._model.config, "depth_estimation_type", "relative") == "metric"
        self.fingerprint = f"{Path(name).name}:{type(self._model).__name__}"

    def nearness(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(h, w) float32 inverse depth up to scale and shift, for a (h, w, 3) uint8 sRGB picture."""
        inputs = self._processor(images=Image.fromarray(picture), return_tensors="pt").to(self._device)
        with torch.inference_mode():
            raw = self._model(**inputs).predicted_depth[0].float().cpu().numpy()
        found = 1 / np.maximum(raw, 1e-3) if self._metric else raw
        size = (picture.shape[1], picture.shape[0])
        resized: NDArray[np.float32] = np.asarray(
            cv2.resize(found.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), np.float32
        )
        return resized


def _to_grid(size: int, grid: int) -> int:
    return max(round(size / grid), 1) * grid
