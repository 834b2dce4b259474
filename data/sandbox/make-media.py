#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws and sounds everything in data/sandbox/media. Run in tools/root; the results are in the repository.

Needs GdkPixbuf with librsvg, GStreamer with opusenc, and ImageMagick for WebP.
"""
import pathlib
import subprocess
import sys
import tempfile

import gi

gi.require_version("GdkPixbuf", "2.0")
gi.require_version("Gst", "1.0")
from gi.repository import GdkPixbuf, Gst  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MEDIA = HERE / "media"
sys.path.insert(0, str(HERE))

import paper  # noqa: E402
import pictures  # noqa: E402
import portraits  # noqa: E402
import sounds  # noqa: E402


def render(svg):
    loader = GdkPixbuf.PixbufLoader.new_with_type("svg")
    loader.write(svg.encode())
    loader.close()
    return loader.get_pixbuf()


def save_jpeg(svg, name, quality=86):
    pixbuf = render(svg)
    flat = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, pixbuf.get_width(), pixbuf.get_height())
    flat.fill(0xFFFFFFFF)
    pixbuf.composite(flat, 0, 0, flat.get_width(), flat.get_height(), 0, 0, 1, 1, GdkPixbuf.InterpType.NEAREST, 255)
    flat.savev(str(MEDIA / name), "jpeg", ["quality"], [str(quality)])


def save_sticker(svg, name):
    """WebP of 512 x 512 with transparency, at most 100 KB: what WhatsApp takes."""
    with tempfile.NamedTemporaryFile(suffix=".png") as png:
        render(svg).savev(png.name, "png", [], [])
        subprocess.run(["convert", png.name, "-define", "webp:method=6", "-quality", "84", str(MEDIA / name)], check=True)


def save_voice(samples, name):
    """Ogg with mono Opus, as a phone records it."""
    with tempfile.NamedTemporaryFile(suffix=".raw") as raw:
        raw.write(samples.tobytes())
        raw.flush()
        pipeline = Gst.parse_launch(
            f"filesrc location={raw.name} ! rawaudioparse use-sink-caps=false format=pcm pcm-format=s16le sample-rate={sounds.RATE} num-channels=1 "
            f"! audioconvert ! opusenc bitrate=24000 audio-type=voice ! oggmux ! filesink location={MEDIA / name}")
        pipeline.set_state(Gst.State.PLAYING)
        message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        pipeline.set_state(Gst.State.NULL)
        if message.type == Gst.MessageType.ERROR:
            raise SystemExit(str(message.parse_error()))


def main():
    Gst.init(None)
    MEDIA.mkdir(exist_ok=True)
    for portrait in portraits.ALL:
        save_jpeg(portrait(), portrait.__name__ + ".jpg")
    for name, draw in pictures.PICTURES.items():
        save_jpeg(draw(), name + ".jpg", 84)
    for name, draw in pictures.STICKERS.items():
        save_sticker(draw(), name + ".webp")
    (MEDIA / "order.pdf").write_bytes(paper.purchase_order())
    save_voice(sounds.voice(4, 9.5, 118), "voice-mateo.ogg")
    save_voice(sounds.voice(11, 5.2, 205), "voice-camila.ogg")


if __name__ == "__main__":
    main()
