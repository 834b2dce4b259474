/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-metrics.h"

#include <string.h>

#define MAX_VALUES 64

typedef struct
{
  const char *name;
  const char *help;
  const char *label; /* of a counter; NULL: none */
  gboolean is_histogram;
} Description;

static const Description descriptions[LOBBY_N_METRICS] = {
  [LOBBY_METRIC_WEBHOOKS] = { "lobby_webhooks_total", "Deliveries of WhatsApp", "result", FALSE },
  [LOBBY_METRIC_RECEIVED] = { "lobby_messages_received_total", "Messages of customers found in deliveries", "result", FALSE },
  [LOBBY_METRIC_EVENTS] = { "lobby_events_total", "Events committed to the log", NULL, FALSE },
  [LOBBY_METRIC_DELIVERIES] = { "lobby_event_deliveries_total", "Events sent live, once for each socket", NULL, FALSE },
  [LOBBY_METRIC_SENDS] = { "lobby_sends_total", "Attempts to hand something to WhatsApp", "result", FALSE },
  [LOBBY_METRIC_SEND_FAILURES] = { "lobby_send_failures_total", "Messages that failed, by WhatsApp's code (0: none)", "code", FALSE },
  [LOBBY_METRIC_FILES] = { "lobby_files_fetched_total", "Files of customers fetched from WhatsApp", "result", FALSE },
  [LOBBY_METRIC_SIGN_INS] = { "lobby_sign_ins_total", "Attempts to sign in", "result", FALSE },
  [LOBBY_METRIC_COMMIT_FAILURES] = { "lobby_commit_failures_total", "Commits that the disk refused", NULL, FALSE },
  [LOBBY_METRIC_COMMITS] = { "lobby_commit_seconds", "How long commits take", NULL, TRUE },
  [LOBBY_METRIC_LOOP_LAG] = { "lobby_loop_lag_seconds", "How late the main loop is, looked at once a second", NULL, TRUE },
};

/* Upper ends of the buckets. */
static const struct
{
  gint64 usec;
  const char *text;
} buckets[] = {
  { 500, "0.0005" },
  { 1000, "0.001" },
  { 2500, "0.0025" },
  { 5000, "0.005" },
  { 10000, "0.01" },
  { 25000, "0.025" },
  { 50000, "0.05" },
  { 100000, "0.1" },
  { 250000, "0.25" },
  { 1000000, "1" },
  { 5000000, "5" },
};

static guint64 plain[LOBBY_N_METRICS];
static GHashTable *labelled[LOBBY_N_METRICS]; /* value → guint64 * */
static guint64 histograms[LOBBY_N_METRICS][G_N_ELEMENTS (buckets) + 1];
static gint64 sums[LOBBY_N_METRICS]; /* µs */

void
lobby_metrics_add (LobbyMetric metric,
                   const char *value,
                   guint64 n)
{
  guint64 *count;

  g_assert ((value != NULL) == (descriptions[metric].label != NULL));
  if (value == NULL)
    {
      plain[metric] += n;
      return;
    }
  if (labelled[metric] == NULL)
    labelled[metric] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  count = g_hash_table_lookup (labelled[metric], value);
  if (count == NULL && g_hash_table_size (labelled[metric]) >= MAX_VALUES)
    {
      value = "other";
      count = g_hash_table_lookup (labelled[metric], value);
    }
  if (count == NULL)
    {
      count = g_new0 (guint64, 1);
      g_hash_table_insert (labelled[metric], g_strdup (value), count);
    }
  *count += n;
}

void
lobby_metrics_observe (LobbyMetric metric,
                       gint64 usec)
{
  guint bucket = 0;

  while (bucket < G_N_ELEMENTS (buckets) && usec > buckets[bucket].usec)
    bucket++;
  histograms[metric][bucket]++;
  sums[metric] += usec;
}

static void
write_head (GString *text,
            const char *name,
            const char *help,
            const char *type)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* In a fixed order, so that two readings can be compared. Values are ours or digits: nothing to escape. */
static void
write_labelled (GString *text,
                LobbyMetric metric)
{
  g_autoptr (GList) values = labelled[metric] != NULL ? g_hash_table_get_keys (labelled[metric]) : NULL;

  values = g_list_sort (values, (GCompareFunc)strcmp);
  for (GList *link = values; link != NULL; link = link->next)
    {
      const guint64 *count = g_hash_table_lookup (labelled[metric], link->data);

      g_string_append_printf (text, "%s{%s=\"%s\"} %" G_GUINT64_FORMAT "\n", descriptions[metric].name, descriptions[metric].label,
                              (const char *)link->data, *count);
    }
}

static void
write_histogram (GString *text,
                 LobbyMetric metric)
{
  const char *name = descriptions[metric].name;
  char sum[G_ASCII_DTOSTR_BUF_SIZE];
  guint64 total = 0;

  for (guint i = 0; i < G_N_ELEMENTS (buckets); i++)
    {
      total += histograms[metric][i];
      g_string_append_printf (text, "%s_bucket{le=\"%s\"} %" G_GUINT64_FORMAT "\n", name, buckets[i].text, total);
    }
  total += histograms[metric][G_N_ELEMENTS (buckets)];
  g_ascii_dtostr (sum, sizeof sum, (double)sums[metric] / G_USEC_PER_SEC);
  g_string_append_printf (text, "%s_bucket{le=\"+Inf\"} %" G_GUINT64_FORMAT "\n%s_sum %s\n%s_count %" G_GUINT64_FORMAT "\n",
                          name, total, name, sum, name, total);
}

void
lobby_metrics_write (GString *text)
{
  for (guint i = 0; i < LOBBY_N_METRICS; i++)
    {
      const Description *description = &descriptions[i];

      write_head (text, description->name, description->help, description->is_histogram ? "histogram" : "counter");
      if (description->is_histogram)
        write_histogram (text, i);
      else if (description->label != NULL)
        write_labelled (text, i);
      else
        g_string_append_printf (text, "%s %" G_GUINT64_FORMAT "\n", description->name, plain[i]);
    }
}

void
lobby_metrics_head (GString *text,
                    const char *name,
                    const char *help)
{
  write_head (text, name, help, "gauge");
}

void
lobby_metrics_gauge (GString *text,
                     const char *name,
                     const char *label,
                     const char *value,
                     double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_dtostr (buffer, sizeof buffer, number);
  if (label != NULL)
    g_string_append_printf (text, "%s{%s=\"%s\"} %s\n", name, label, value, buffer);
  else
    g_string_append_printf (text, "%s %s\n", name, buffer);
}
