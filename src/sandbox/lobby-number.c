/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-number.h"

#include <stdlib.h>
#include <string.h>

#include "lobby-graph-error.h"

#define DIGITS_MIN 7
#define DIGITS_MAX 15

static const struct
{
  const char *prefix;
  const char *country;
  guint length; /* of a whole number with its prefix; 0: not one length */
} countries[] = {
  { "1", "US", 11 },
  { "31", "NL", 11 },
  { "33", "FR", 11 },
  { "34", "ES", 11 },
  { "351", "PT", 12 },
  { "353", "IE", 12 },
  { "39", "IT", 0 },
  { "44", "GB", 12 },
  { "49", "DE", 0 },
  { "51", "PE", 11 },
  { "52", "MX", 0 },
  { "54", "AR", 0 },
  { "55", "BR", 0 },
  { "56", "CL", 11 },
  { "57", "CO", 12 },
  { "61", "AU", 11 },
  { "81", "JP", 12 },
  { "82", "KR", 12 },
  { "91", "IN", 12 },
  { "234", "NG", 13 },
  { "971", "AE", 12 },
};

static int
find_country (const char *digits)
{
  for (guint i = 0; i < G_N_ELEMENTS (countries); i++)
    if (g_str_has_prefix (digits, countries[i].prefix))
      return (int)i;
  return -1;
}

char *
lobby_number_normalise (const char *to,
                        const char *business_number)
{
  g_autoptr (GString) digits = g_string_new (NULL);
  gboolean international = FALSE;
  int home;

  for (const char *p = to; *p; p++)
    {
      if (g_ascii_isdigit (*p))
        g_string_append_c (digits, *p);
      else if (*p == '+' && digits->len == 0 && !international)
        international = TRUE;
      else if (!strchr (" -()", *p))
        return NULL;
    }
  home = find_country (business_number + strspn (business_number, "+"));
  if (!international && home >= 0
      && (!g_str_has_prefix (digits->str, countries[home].prefix) || (countries[home].length && digits->len != countries[home].length)))
    g_string_prepend (digits, countries[home].prefix);
  if (digits->len < DIGITS_MIN || digits->len > DIGITS_MAX || digits->str[0] == '0')
    return NULL;
  return g_strdup (digits->str);
}

char *
lobby_number_twin (const char *digits)
{
  gsize length = strlen (digits);

  if (g_str_has_prefix (digits, "55") && length == 13 && digits[4] == '9')
    return g_strdup_printf ("%.4s%s", digits, digits + 5);
  if (g_str_has_prefix (digits, "55") && length == 12)
    return g_strdup_printf ("%.4s9%s", digits, digits + 4);
  if (g_str_has_prefix (digits, "521") && length == 13)
    return g_strdup_printf ("52%s", digits + 3);
  if (g_str_has_prefix (digits, "52") && length == 12)
    return g_strdup_printf ("521%s", digits + 2);
  return NULL;
}

const char *
lobby_number_country (const char *digits)
{
  int index = find_country (digits);

  return index >= 0 ? countries[index].country : "US";
}

int
lobby_number_magic (const char *digits,
                    gboolean *asynchronous)
{
  /* +1 999 CCC CCCK: the code itself, and 0 for "by webhook" or 1 for "at once". No area has 999, and no test picks it by chance. */
  char digits_of_code[7];
  int code;

  if (strlen (digits) != 11 || !g_str_has_prefix (digits, "1999") || digits[10] > '1')
    return 0;
  g_strlcpy (digits_of_code, digits + 4, sizeof digits_of_code);
  code = atoi (digits_of_code);
  if (!lobby_graph_error_title (code))
    return 0;
  *asynchronous = digits[10] == '0';
  return code;
}
