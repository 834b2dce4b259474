/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What the business wrote as `to` → the digits of the number that Meta would use, or NULL when it is none.
 * Takes +, spaces, - and (). Without +, Meta puts the country code of the business number in front, unless
 * the digits already are a whole number of that country.
 */
char *lobby_number_normalise (const char *to,
                              const char *business_number);
/* The other way of writing a Brazilian or Mexican mobile number (with or without the extra digit), or NULL. */
char *lobby_number_twin      (const char *digits);
/* ISO 3166 letters of the country that @digits belong to, as far as the sandbox needs to know; "US" for the rest. */
const char *lobby_number_country (const char *digits);
/* The error that a magic number asks for, or 0. @asynchronous: by webhook after a 200. See docs/sandbox.md. */
int   lobby_number_magic     (const char *digits,
                              gboolean   *asynchronous);

G_END_DECLS
