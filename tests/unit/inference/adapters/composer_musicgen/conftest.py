"""A MusicGen of a few thousand random weights, saved as the real ones are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.inference.adapters.composer_musicgen import MusicgenComposer, MusicModel


def save_tiny_musicgen(folder: Path) -> Path:
    """1,600 Hz mono, 25 codes a second."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        EncodecConfig,
        MusicgenConfig,
        MusicgenForConditionalGeneration,
        PreTrainedTokenizerFast,
        T5Config,
    )
    from transformers.models.musicgen import MusicgenDecoderConfig

    torch.manual_seed(0)
    text = T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, decoder_start_token_id=0)
    audio = EncodecConfig(
        target_bandwidths=[1.0], sampling_rate=1_600, audio_channels=1, num_filters=4, hidden_size=16, codebook_size=64,
        codebook_dim=16, upsampling_ratios=[8, 4, 2], num_lstm_layers=1, use_causal_conv=False, normalize=False,
    )  # fmt: skip
    decoder = MusicgenDecoderConfig(
        vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=32,
        num_codebooks=audio.num_quantizers, pad_token_id=64, bos_token_id=64, max_position_embeddings=512,
        audio_channels=1,
    )  # fmt: skip
    config = MusicgenConfig(text_encoder=text.to_dict(), audio_encoder=audio.to_dict(), decoder=decoder.to_dict())
    model = MusicgenForConditionalGeneration(config).eval()
    for layer in model.audio_encoder.quantizer.layers:
        layer.codebook.embed.normal_()
    for name in ("decoder_start_token_id", "pad_token_id", "bos_token_id"):
        setattr(model.generation_config, name, 64)
    path = folder / "tiny-musicgen"
    model.save_pretrained(path)
    words = Tokenizer(models.WordLevel({"<pad>": 0, "</s>": 1, "<unk>": 2, "calm": 3, "bpm": 4}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(path)
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> MusicModel:
    folder = save_tiny_musicgen(tmp_path_factory.mktemp("musicgen"))
    return MusicModel(str(folder), "cpu", local_files_only=True, section_s=1.0)


@pytest.fixture(scope="session")
def composer(tiny: MusicModel) -> Iterator[MusicgenComposer]:
    made = MusicgenComposer(tiny)
    yield made
    made.close()
