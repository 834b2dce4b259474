/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Thousands of agents for the server's bench: opens WebSockets that speak as much Socket.IO as it takes to join a
 * business, answers pings, and counts the events that come. One thread, one epoll, so that it costs less than either
 * server. It is told what to do by lines on standard input, and answers each with a line of JSON:
 *
 *   open N          N more agents, joined         {"sockets", "seconds"}
 *   emit N TEXT     the first N agents send this packet        {}
 *   wait N MSEC     until N events came in all    {"events", "bytes", "at"}: at is CLOCK_MONOTONIC, s; fewer events: time is up
 *   arrivals        when the last agent got its n-th event since the reset      {"arrivals": [s, …]}
 *   reset           counts from 0                 {}
 *
 * usage: bench-swarm PORT TOKEN BUSINESS
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#define MAX_UNDER_WAY 64     /* agents that are joining at a time */
#define MAX_EVENTS (1 << 20) /* of which arrivals are kept */

typedef enum
{
  AGENT_UPGRADING,
  AGENT_CONNECTING,
  AGENT_JOINING,
  AGENT_JOINED,
} AgentPhase;

typedef struct
{
  int fd;
  AgentPhase phase;
  GByteArray *rest; /* of a frame that has not come whole; NULL mostly */
  guint events;     /* since the reset */
} Agent;

static struct
{
  int port;
  const char *token;
  const char *business;
  int epoll;
  GPtrArray *agents;
  guint wanted, opened, joined;
  guint64 events, bytes;
  double *arrivals;
  double last;
} swarm;

static double
now (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

G_NORETURN static void
fail (const char *what)
{
  fprintf (stderr, "bench-swarm: %s: %s\n", what, g_strerror (errno));
  exit (1);
}

static void
send_bytes (Agent *agent,
            const void *bytes,
            gsize size)
{
  if (send (agent->fd, bytes, size, MSG_NOSIGNAL) != (gssize)size)
    fail ("send");
}

/* Masked with zeros, so that the text stays as it is. */
static void
send_text (Agent *agent,
           const char *text)
{
  gsize size = strlen (text);
  guint8 frame[1024] = { 0x81 };
  gsize head = 2;

  g_assert (size < sizeof frame - 8);
  if (size < 126)
    frame[1] = 0x80 | size;
  else
    {
      frame[1] = 0x80 | 126;
      frame[2] = size >> 8;
      frame[3] = size & 0xff;
      head = 4;
    }
  memset (frame + head, 0, 4);
  memcpy (frame + head + 4, text, size);
  send_bytes (agent, frame, head + 4 + size);
}

static void
open_agent (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (swarm.port), .sin_addr = { htonl (INADDR_LOOPBACK) } };
  struct epoll_event event = { .events = EPOLLIN };
  Agent *agent = g_new0 (Agent, 1);
  g_autofree char *request = NULL;
  int one = 1;

  agent->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (agent->fd < 0 || connect (agent->fd, (struct sockaddr *)&address, sizeof address) < 0)
    fail ("connect");
  setsockopt (agent->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl (agent->fd, F_SETFL, O_NONBLOCK);
  event.data.ptr = agent;
  if (epoll_ctl (swarm.epoll, EPOLL_CTL_ADD, agent->fd, &event) < 0)
    fail ("epoll");
  request = g_strdup_printf ("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                             swarm.port);
  send_bytes (agent, request, strlen (request));
  g_ptr_array_add (swarm.agents, agent);
  swarm.opened++;
}

static void
take_packet (Agent *agent,
             const char *text,
             gsize size)
{
  g_autofree char *answer = NULL;

  if (size >= 1 && text[0] == '2')
    send_text (agent, "3");
  else if (agent->phase == AGENT_CONNECTING && size >= 1 && text[0] == '0')
    {
      answer = g_strdup_printf ("40{\"token\":\"%s\"}", swarm.token);
      send_text (agent, answer);
    }
  else if (agent->phase == AGENT_CONNECTING && size >= 2 && memcmp (text, "40", 2) == 0)
    {
      agent->phase = AGENT_JOINING;
      answer = g_strdup_printf ("420[\"join-business\",\"%s\"]", swarm.business);
      send_text (agent, answer);
    }
  else if (agent->phase == AGENT_JOINING && size >= 2 && memcmp (text, "43", 2) == 0)
    {
      if (g_strstr_len (text, size, "\"ok\":true") == NULL)
        {
          fprintf (stderr, "bench-swarm: refused: %.*s\n", (int)size, text);
          exit (1);
        }
      agent->phase = AGENT_JOINED;
      swarm.joined++;
    }
  else if (size >= 2 && memcmp (text, "42", 2) == 0)
    {
      swarm.events++;
      swarm.bytes += size;
      if (agent->events < MAX_EVENTS)
        swarm.arrivals[agent->events++] = swarm.last;
    }
}

/* How many bytes were whole. */
static gsize
take_frames (Agent *agent,
             const guint8 *bytes,
             gsize size)
{
  gsize taken = 0;

  if (agent->phase == AGENT_UPGRADING)
    {
      const char *end = g_strstr_len ((const char *)bytes, size, "\r\n\r\n");

      if (end == NULL)
        return 0;
      if (g_strstr_len ((const char *)bytes, size, " 101 ") == NULL)
        {
          fprintf (stderr, "bench-swarm: %.*s\n", (int)size, bytes);
          exit (1);
        }
      agent->phase = AGENT_CONNECTING;
      taken = (const guint8 *)end + 4 - bytes;
    }
  while (size - taken >= 2)
    {
      const guint8 *frame = bytes + taken;
      gsize left = size - taken;
      gsize head = 2;
      guint64 length = frame[1] & 0x7f;

      if (length == 126)
        head = 4;
      else if (length == 127)
        head = 10;
      if (left < head)
        break;
      if (head > 2)
        length = 0;
      for (gsize i = 2; i < head; i++)
        length = length << 8 | frame[i];
      if (left - head < length)
        break;
      if ((frame[0] & 0x0f) == 1)
        take_packet (agent, (const char *)frame + head, length);
      else if ((frame[0] & 0x0f) == 8)
        {
          fprintf (stderr, "bench-swarm: the server closed a socket\n");
          exit (1);
        }
      taken += head + length;
    }
  return taken;
}

static void
read_agent (Agent *agent)
{
  static guint8 buffer[1 << 18];
  gssize got = recv (agent->fd, buffer, sizeof buffer, 0);
  const guint8 *bytes = buffer;
  gsize size, taken;

  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got <= 0)
    fail ("a socket ended");
  size = got;
  swarm.last = now ();
  if (agent->rest != NULL)
    {
      g_byte_array_append (agent->rest, buffer, got);
      bytes = agent->rest->data;
      size = agent->rest->len;
    }
  taken = take_frames (agent, bytes, size);
  if (agent->rest != NULL)
    {
      g_byte_array_remove_range (agent->rest, 0, taken);
      if (agent->rest->len == 0)
        g_clear_pointer (&agent->rest, g_byte_array_unref);
    }
  else if (taken < size)
    {
      agent->rest = g_byte_array_new ();
      g_byte_array_append (agent->rest, bytes + taken, size - taken);
    }
}

static void
turn (int msec)
{
  struct epoll_event events[256];
  int count = epoll_wait (swarm.epoll, events, G_N_ELEMENTS (events), msec);

  for (int i = 0; i < count; i++)
    if (events[i].data.ptr != NULL)
      read_agent (events[i].data.ptr);
}

static void
do_open (guint count)
{
  double begin = now ();

  swarm.wanted += count;
  while (swarm.joined < swarm.wanted)
    {
      while (swarm.opened < swarm.wanted && swarm.opened - swarm.joined < MAX_UNDER_WAY)
        open_agent ();
      turn (1000);
    }
  printf ("{\"sockets\":%u,\"seconds\":%.6f}\n", swarm.joined, now () - begin);
}

static void
do_wait (guint64 wanted,
         guint msec)
{
  double end = now () + msec / 1000.;

  while (swarm.events < wanted && now () < end)
    turn (20);
  printf ("{\"events\":%" G_GUINT64_FORMAT ",\"bytes\":%" G_GUINT64_FORMAT ",\"at\":%.6f}\n", swarm.events, swarm.bytes, swarm.last);
}

static void
do_emit (guint count,
         const char *text)
{
  for (guint i = 0; i < MIN (count, swarm.agents->len); i++)
    send_text (g_ptr_array_index (swarm.agents, i), text);
  printf ("{}\n");
}

static void
do_arrivals (void)
{
  guint count = 0;

  for (guint i = 0; i < swarm.agents->len; i++)
    count = MAX (count, ((Agent *)g_ptr_array_index (swarm.agents, i))->events);
  printf ("{\"arrivals\":[");
  for (guint i = 0; i < count; i++)
    printf ("%s%.6f", i > 0 ? "," : "", swarm.arrivals[i]);
  printf ("]}\n");
}

static void
do_reset (void)
{
  for (guint i = 0; i < swarm.agents->len; i++)
    ((Agent *)g_ptr_array_index (swarm.agents, i))->events = 0;
  swarm.events = swarm.bytes = 0;
  printf ("{}\n");
}

static void
obey (char *line)
{
  g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", 3);
  guint count = g_strv_length (words);

  if (count == 2 && g_str_equal (words[0], "open"))
    do_open (atoi (words[1]));
  else if (count == 3 && g_str_equal (words[0], "emit"))
    do_emit (atoi (words[1]), words[2]);
  else if (count == 3 && g_str_equal (words[0], "wait"))
    do_wait (g_ascii_strtoull (words[1], NULL, 10), atoi (words[2]));
  else if (count == 1 && g_str_equal (words[0], "arrivals"))
    do_arrivals ();
  else if (count == 1 && g_str_equal (words[0], "reset"))
    do_reset ();
  else
    printf ("{\"error\":\"what?\"}\n");
  fflush (stdout);
}

int
main (int argc,
      char **argv)
{
  struct epoll_event event = { .events = EPOLLIN };
  struct rlimit limit;
  char line[1024];

  if (argc != 4)
    {
      fprintf (stderr, "usage: bench-swarm PORT TOKEN BUSINESS\n");
      return 2;
    }
  swarm.port = atoi (argv[1]);
  swarm.token = argv[2];
  swarm.business = argv[3];
  swarm.agents = g_ptr_array_new ();
  swarm.arrivals = g_new0 (double, MAX_EVENTS);
  swarm.epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
  /* Lines are read one by one, so that poll says the truth about what waits. */
  setvbuf (stdin, NULL, _IONBF, 0);
  if (epoll_ctl (swarm.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0)
    fail ("epoll");
  for (;;)
    {
      struct epoll_event events[256];
      int count = epoll_wait (swarm.epoll, events, G_N_ELEMENTS (events), -1);
      gboolean told = FALSE;

      for (int i = 0; i < count; i++)
        {
          if (events[i].data.ptr != NULL)
            read_agent (events[i].data.ptr);
          else
            told = TRUE;
        }
      if (told)
        {
          if (fgets (line, sizeof line, stdin) == NULL)
            return 0;
          obey (line);
        }
    }
}
