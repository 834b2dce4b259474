# SPDX-License-Identifier: GPL-3.0-or-later
"""Voice notes: somebody who talks in no language, made of harmonics under moving formants."""
import array
import math
import random

RATE = 48000

# First three formants of some vowels, Hz.
VOWELS = {"a": (780, 1250, 2550), "e": (480, 1900, 2550), "i": (300, 2250, 2950), "o": (480, 850, 2500), "u": (320, 780, 2300)}


def syllables(seed, seconds):
    """(start, length, vowel, hiss) in phrases with pauses between them."""
    dice = random.Random(seed)
    time, found = 0.25, []
    while time < seconds - 0.5:
        for _ in range(dice.randint(4, 9)):
            length = dice.uniform(0.11, 0.24)
            if time + length > seconds - 0.3:
                break
            found.append((time, length, dice.choice("aaeeiou"), dice.random() < 0.3))
            time += length + dice.uniform(0.005, 0.05)
        if found:
            start, length, vowel, _ = found[-1]
            found[-1] = (start, length * 1.5, vowel, False)
            time += length * 0.5
        time += dice.uniform(0.25, 0.55)
    return found


def voice(seed, seconds, pitch):
    """Samples of -32768 to 32767."""
    dice = random.Random(seed * 7 + 1)
    total = int(seconds * RATE)
    out = [0.0] * total
    for start, length, vowel, hiss in syllables(seed, seconds):
        formants = VOWELS[vowel]
        begin, count = int(start * RATE), int(length * RATE)
        base = pitch * (1.12 - 0.22 * start / seconds) * dice.uniform(0.92, 1.12)
        bend = dice.uniform(-0.10, 0.07)
        harmonics = []
        for k in range(1, int(4200 / base)):
            level = sum(g * math.exp(-((k * base - f) / w) ** 2) for f, w, g in zip(formants, (130, 170, 240), (1.0, 0.55, 0.22)))
            harmonics.append((k, (level + 0.015) / (1 + 0.10 * k)))
        harmonics = [h for h in harmonics if h[1] > 0.012]
        phase = 0.0
        for i in range(count):
            if begin + i >= total:
                break
            share = i / count
            envelope = min(1, share / 0.12) * min(1, (1 - share) / 0.3)
            phase += 2 * math.pi * base * (1 + bend * share + 0.008 * math.sin(i / RATE * 34)) / RATE
            out[begin + i] += 0.34 * envelope * sum(level * math.sin(k * phase) for k, level in harmonics)
        if hiss:
            last = 0.0
            for i in range(int(0.05 * RATE)):
                at = begin - int(0.04 * RATE) + i
                if 0 <= at < total:
                    noise = dice.uniform(-1, 1)
                    out[at] += 0.05 * (noise - last) * math.sin(math.pi * i / (0.05 * RATE))
                    last = noise
    # A room around it: one early echo, and the hum of an oven.
    delay = int(0.023 * RATE)
    for i in range(delay, total):
        out[i] += 0.16 * out[i - delay]
    peak = max(abs(s) for s in out) or 1
    return array.array("h", (int(26000 * s / peak + 50 * dice.uniform(-1, 1)) for s in out))
