/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry point; fuzz-driver.c calls the same one in an ordinary build. Anything that is wrong aborts. */
int LLVMFuzzerTestOneInput (const uint8_t *data,
                            size_t         size);
