// A robot for the terminal OsEngine: it connects to a fixgate gateway and has it trade through one of the
// terminal's connectors. Written against OsEngine's public interface alone. README.md beside this file tells how
// to install it and what it promises.
//
// Everything that happens to an order becomes a fact: a numbered line in a file, written before it has any effect
// or is told. What the robot knows is what its facts say (Book.Apply), so that a terminal that was started again
// knows it as well, and the gateway can have told again what it missed.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using OsEngine.Entity;
using OsEngine.Logging;
using OsEngine.Market;
using OsEngine.Market.Servers;
using OsEngine.OsTrader.Panels;
using OsEngine.OsTrader.Panels.Attributes;
using Said = System.Collections.Generic.Dictionary<string, string>;

namespace OsEngine.Robots
{
    /// <summary>The shell: parameters, the connector's events, the timer.</summary>
    [Bot("FixgateBridge")]
    public class FixgateBridge : BotPanel
    {
        private readonly StrategyParameterBool _isOn;
        private readonly StrategyParameterString _connector;
        private readonly StrategyParameterString _host;
        private readonly StrategyParameterInt _port;
        private readonly StrategyParameterString _secretFile;
        private readonly StrategyParameterString _tlsName;
        private readonly StrategyParameterBool _areLots;
        private readonly StrategyParameterInt _requestsPerSecond;
        private readonly StrategyParameterInt _decideMax;
        private readonly Bridge _bridge;
        private readonly Gateway _gateway;
        private readonly Timer _timer;
        private IServer _server;

        public FixgateBridge(string name, StartProgram startProgram) : base(name, startProgram)
        {
            _isOn = CreateParameter("Is on", false);
            _connector = CreateParameter("Connector", "");
            _host = CreateParameter("Gateway host", "127.0.0.1");
            _port = CreateParameter("Gateway port", 5601, 1, 65535, 1);
            _secretFile = CreateParameter("File with the secret", "");
            _tlsName = CreateParameter("TLS: name in the gateway's certificate", "");
            _areLots = CreateParameter("The connector's volumes are lots", false);
            _requestsPerSecond = CreateParameter("Requests per second, 0 for any", 0, 0, 1000, 1);
            _decideMax = CreateParameter("Seconds that the connector may take to decide", 30, 1, 600, 1);
            if (startProgram != StartProgram.IsOsTrader)
            {
                return; // neither a tester nor an optimizer trades for a gateway
            }
            Record record = new Record(Path.Combine("Engine", "FixgateBridge", name + ".facts"));
            _bridge = new Bridge(record, () => _areLots.ValueBool, () => _requestsPerSecond.ValueInt,
                () => TimeSpan.FromSeconds(_decideMax.ValueInt));
            _gateway = new Gateway(_bridge, Settings, text => SendNewLogMessage(text, LogMessageType.System));
            _timer = new Timer(state => Tick(), null, 1000, 1000);
            DeleteEvent += Stop;
        }

        public override string GetNameStrategyType()
        {
            return "FixgateBridge";
        }

        public override void ShowIndividualSettingsDialog()
        {
        }

        private GatewaySettings Settings()
        {
            return new GatewaySettings
            {
                IsOn = _isOn.ValueBool && _secretFile.ValueString != "",
                Host = _host.ValueString,
                Port = _port.ValueInt,
                SecretFile = _secretFile.ValueString,
                TlsName = _tlsName.ValueString,
                Robot = NameStrategyUniq,
                Connector = _connector.ValueString,
            };
        }

        private void Tick()
        {
            try
            {
                Follow(FindServer());
                _bridge.Tick();
            }
            catch (Exception error)
            {
                SendNewLogMessage(error.ToString(), LogMessageType.Error);
            }
        }

        private IServer FindServer()
        {
            List<IServer> servers = ServerMaster.GetServers();
            return servers == null
                ? null
                : servers.ToList().Find(one => one.ServerType.ToString() == _connector.ValueString);
        }

        private void Follow(IServer server)
        {
            if (ReferenceEquals(server, _server))
            {
                return;
            }
            if (_server != null)
            {
                _server.NewOrderIncomeEvent -= _bridge.OnOrder;
                _server.NewMyTradeEvent -= _bridge.OnTrade;
                _server.NewBidAscIncomeEvent -= _bridge.OnPrices;
                _server.LogMessageEvent -= _bridge.OnLog;
            }
            _server = server;
            if (server != null)
            {
                server.NewOrderIncomeEvent += _bridge.OnOrder;
                server.NewMyTradeEvent += _bridge.OnTrade;
                server.NewBidAscIncomeEvent += _bridge.OnPrices;
                server.LogMessageEvent += _bridge.OnLog;
            }
            _bridge.Use(server);
        }

        private void Stop()
        {
            _timer.Dispose();
            _gateway.Stop();
            Follow(null);
        }
    }

    /// <summary>An order at the connector. A replace makes a second one.</summary>
    internal class Leg
    {
        public int Number;
        public string Market = "";
        public decimal Quantity;
        public decimal Done;
        public Order Sent; // null after a restart, until it is needed
    }

    /// <summary>One order of the gateway's, of one leg after the other.</summary>
    internal class Chain
    {
        public readonly List<string> Ids = new List<string>();
        public readonly List<Leg> Legs = new List<Leg>();
        public string State = "taken";
        public string Why = "";
        public string Portfolio, Security, Class, Side, Type, Limit, Tif;
        public string OldLimit = "";
        public decimal Quantity, OldQuantity, Done;
        public decimal Unit; // so many of the gateway's is one of the connector's volume
        public string Asked = "", AskedWhat = "", AskedPrice = "";
        public decimal AskedQuantity;
        public DateTime AskedAt;
        public bool IsStopped; // its leg is canceled for a replace; since StoppedAt, to this run
        public DateTime StoppedAt;
        public DateTime FilledAt = DateTime.MaxValue; // when the connector said so, with trades missing

        public Leg Leg
        {
            get { return Legs[Legs.Count - 1]; }
        }

        public bool IsOver
        {
            get { return State == "done" || State == "canceled" || State == "rejected"; }
        }

        /// <summary>What every line about it tells.</summary>
        public Said Told()
        {
            return new Said
            {
                { "id", Ids[Ids.Count - 1] }, { "order_id", Leg.Market }, { "security", Security },
                { "class", Class }, { "side", Side }, { "of", Text.Of(Quantity) },
                { "done", Text.Of(Done) }, { "limit", Limit },
            };
        }
    }

    /// <summary>What the facts say. Changed by Apply alone.</summary>
    internal class Book
    {
        public readonly Dictionary<string, Chain> ById = new Dictionary<string, Chain>();
        public readonly Dictionary<int, Chain> ByNumber = new Dictionary<int, Chain>();
        public readonly Dictionary<string, Chain> ByMarket = new Dictionary<string, Chain>();
        private readonly HashSet<string> _trades = new HashSet<string>();

        public bool HasTrade(string market, string number)
        {
            return _trades.Contains(market + ":" + number);
        }

        public void Apply(Said fact)
        {
            string id = fact["id"];
            switch (fact["t"])
            {
                case "taken": Taken(fact, new Chain()); break;
                case "asked": Asked(fact, ById[fact["order"]]); break;
                case "stopped": ById[id].IsStopped = true; break;
                case "next": Next(fact, ById[fact["order"]]); break;
                case "working": Working(fact, ById[id]); break;
                case "trade": Trade(fact, ById[id]); break;
                case "refused": Refused(fact, ById[fact["order"]]); break;
                case "ended": Ended(fact, ById[id]); break;
                case "lost": ById[id].State = "lost"; ById[id].Why = fact["why"]; break;
            }
        }

        private void Taken(Said fact, Chain chain)
        {
            chain.Portfolio = fact["portfolio"];
            chain.Security = fact["security"];
            chain.Class = fact["class"];
            chain.Side = fact["side"];
            chain.Type = fact["type"];
            chain.Tif = fact["tif"];
            chain.Unit = Text.Number(fact["unit"]);
            Begin(fact, chain);
        }

        private void Begin(Said fact, Chain chain)
        {
            chain.Ids.Add(fact["id"]);
            chain.Limit = fact["limit"];
            chain.Quantity = Text.Number(fact["of"]);
            chain.State = "taken";
            Leg leg = new Leg { Number = int.Parse(fact["num"], CultureInfo.InvariantCulture) };
            leg.Quantity = Text.Number(fact["leg"]);
            chain.Legs.Add(leg);
            ById[fact["id"]] = chain;
            ByNumber[leg.Number] = chain;
        }

        private void Asked(Said fact, Chain chain)
        {
            chain.Asked = fact["id"];
            chain.AskedWhat = fact["what"];
            chain.AskedPrice = fact["price"];
            chain.AskedQuantity = Text.Number(fact["qty"]);
            if (chain.AskedWhat == "replace")
            {
                ById[chain.Asked] = chain;
            }
        }

        private void Next(Said fact, Chain chain)
        {
            chain.OldQuantity = chain.Quantity;
            chain.OldLimit = chain.Limit;
            Decided(chain);
            Begin(fact, chain);
        }

        private void Working(Said fact, Chain chain)
        {
            chain.State = "working";
            chain.Leg.Market = fact["order_id"];
            ByMarket[chain.Leg.Market] = chain;
        }

        private void Trade(Said fact, Chain chain)
        {
            decimal quantity = Text.Number(fact["qty"]);
            _trades.Add(fact["order_id"] + ":" + fact["trade"]);
            chain.Done += quantity;
            chain.Legs.Find(leg => leg.Market == fact["order_id"]).Done += quantity;
        }

        /// <summary>Also of a replace whose second leg was refused: the first one counts again.</summary>
        private void Refused(Said fact, Chain chain)
        {
            if (chain.Ids.Count > 1 && chain.Ids[chain.Ids.Count - 1] == fact["id"])
            {
                chain.Ids.RemoveAt(chain.Ids.Count - 1);
                chain.Legs.RemoveAt(chain.Legs.Count - 1);
                chain.Quantity = chain.OldQuantity;
                chain.Limit = chain.OldLimit;
            }
            Decided(chain);
        }

        private void Ended(Said fact, Chain chain)
        {
            chain.State = fact["how"];
            chain.Why = fact.ContainsKey("why") ? fact["why"] : "";
            Decided(chain);
        }

        private static void Decided(Chain chain)
        {
            chain.Asked = chain.AskedWhat = "";
            chain.IsStopped = false;
        }
    }

    /// <summary>The file of facts: written to the disk before a fact counts.</summary>
    internal class Record
    {
        public readonly List<Said> Facts = new List<Said>();
        public readonly string Id;
        private readonly FileStream _file;

        public Record(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path));
            _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            long whole = 0;
            byte[] bytes = new byte[_file.Length];
            for (int got = 0; got < bytes.Length;)
            {
                got += _file.Read(bytes, got, bytes.Length - got);
            }
            for (int end; (end = Array.IndexOf(bytes, (byte)'\n', (int)whole)) >= 0; whole = end + 1)
            {
                Said said = Json.Read(Encoding.UTF8.GetString(bytes, (int)whole, end - (int)whole));
                if (said["t"] == "log")
                {
                    Id = said["log"];
                }
                else
                {
                    Facts.Add(said);
                }
            }
            _file.SetLength(whole); // what was cut off in the middle was never told
            _file.Position = whole;
            if (Id == null)
            {
                Id = Guid.NewGuid().ToString("N");
                Write(new Said { { "t", "log" }, { "log", Id } });
            }
        }

        public int Last
        {
            get { return Facts.Count; }
        }

        public void Add(Said fact)
        {
            fact["seq"] = (Last + 1).ToString(CultureInfo.InvariantCulture);
            Write(fact);
            Facts.Add(fact);
        }

        private void Write(Said said)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Json.Write(said) + "\n");
            _file.Write(bytes, 0, bytes.Length);
            _file.Flush(true);
        }
    }

    /// <summary>Takes requests, hands orders to the connector, and makes facts of what that says. Everything in it
    /// happens under one lock: the connector's events come from threads of its own.</summary>
    internal class Bridge
    {
        private const int TradesEarlyMax = 10000;
        private static readonly TimeSpan LateTrades = TimeSpan.FromSeconds(1);
        private static readonly TimeSpan LinkLost = TimeSpan.FromSeconds(10);

        private readonly object _lock = new object();
        private readonly Record _record;
        private readonly Book _book = new Book();
        private readonly Func<bool> _areLots;
        private readonly Func<int> _perSecond;
        private readonly Func<TimeSpan> _decideMax;
        private readonly Dictionary<string, List<MyTrade>> _early = new Dictionary<string, List<MyTrade>>();
        private readonly Dictionary<string, string> _watched = new Dictionary<string, string>();
        private IServer _server;
        private string _lastError = "";
        private DateTime _lastErrorAt, _lastDownAt, _second;
        private int _inSecond;
        private string _told = "";
        private Action<Said> _say = said => { };

        public Bridge(Record record, Func<bool> areLots, Func<int> perSecond, Func<TimeSpan> decideMax)
        {
            _record = record;
            _areLots = areLots;
            _perSecond = perSecond;
            _decideMax = decideMax;
            foreach (Said fact in record.Facts)
            {
                _book.Apply(fact);
            }
            foreach (Chain chain in Open())
            {
                Recover(chain);
            }
        }

        private List<Chain> Open()
        {
            return _book.ById.Values.Distinct().Where(chain => !chain.IsOver).ToList();
        }

        /// <summary>The terminal was started again in the middle of something.</summary>
        private void Recover(Chain chain)
        {
            chain.AskedAt = DateTime.UtcNow;
            if (chain.IsStopped)
            {
                NotReplaced(chain, "the terminal was started again before the new order went");
            }
            else if (chain.State == "taken")
            {
                Lose(chain, "the terminal was started again before the connector answered");
            }
        }

        public string RecordId
        {
            get { return _record.Id; }
        }

        public int Last
        {
            get { lock (_lock) { return _record.Last; } }
        }

        public void Use(IServer server)
        {
            lock (_lock) { _server = server; }
        }

        /// <summary>A gateway has greeted: tell it what it missed, and everything from now on.</summary>
        public void Begin(Action<Said> say, int since)
        {
            lock (_lock)
            {
                _say = say;
                _watched.Clear();
                TellSince(since);
                say(State());
            }
        }

        public void End()
        {
            lock (_lock) { _say = said => { }; }
        }

        private void TellSince(int since)
        {
            for (int i = Math.Max(since, 0); i < _record.Last; i++)
            {
                _say(_record.Facts[i]);
            }
        }

        private bool IsConnected
        {
            get { return _server != null && _server.ServerStatus == ServerConnectStatus.Connect; }
        }

        public Said State()
        {
            lock (_lock)
            {
                string why = IsConnected ? "" : _server == null ? "no such connector" : "it is disconnected";
                return new Said
                {
                    { "t", "state" }, { "connected", IsConnected ? "yes" : "no" }, { "why", why },
                    { "last", _record.Last.ToString(CultureInfo.InvariantCulture) },
                };
            }
        }

        /// <summary>Every second: what the connector's status is, and what is due.</summary>
        public void Tick()
        {
            lock (_lock)
            {
                DateTime now = DateTime.UtcNow;
                if (!IsConnected)
                {
                    _lastDownAt = now;
                }
                Said state = State();
                if (state["connected"] + state["why"] != _told)
                {
                    _told = state["connected"] + state["why"];
                    _say(state);
                }
                foreach (Chain chain in Open())
                {
                    if (chain.IsStopped && now - chain.StoppedAt > LateTrades)
                    {
                        Next(chain);
                    }
                    else if (chain.Asked != "" && !chain.IsStopped && now - chain.AskedAt > _decideMax())
                    {
                        Refuse(chain, "the connector did not say what became of it", "other");
                    }
                    if (chain.FilledAt < now - _decideMax())
                    {
                        Lose(chain, "the connector says that it is filled, and has not told all its trades");
                    }
                }
            }
        }

        private void Fact(string name, Chain chain, params string[] more)
        {
            Said fact = chain == null ? new Said() : chain.Told();
            fact["t"] = name;
            for (int i = 0; i < more.Length; i += 2)
            {
                fact[more[i]] = more[i + 1];
            }
            if (name == "trade")
            {
                fact["done"] = Text.Of(chain.Done + Text.Number(fact["qty"]));
            }
            _record.Add(fact);
            _book.Apply(fact);
            _say(fact);
        }

        // --- requests -------------------------------------------------------------------------------------------

        public void Take(Said said)
        {
            lock (_lock)
            {
                string kind = said["t"];
                bool isRequest = kind == "new" || kind == "cancel" || kind == "replace";
                if (isRequest && IsBusy())
                {
                    _say(new Said { { "t", "busy" }, { "id", said["id"] }, { "wait_s", "1" } });
                    return;
                }
                switch (kind)
                {
                    case "new": New(said); break;
                    case "cancel": Cancel(said); break;
                    case "replace": Replace(said); break;
                    case "query": Query(said); break;
                    case "open": Answer(said, "status", Open().Select(Status)); break;
                    case "positions": Answer(said, "position", Positions(said["portfolio"])); break;
                    case "watch": _watched[said["security"]] = said["class"]; break;
                    case "since": TellSince(int.Parse(said["seq"], CultureInfo.InvariantCulture)); break;
                }
            }
        }

        private bool IsBusy()
        {
            DateTime now = DateTime.UtcNow;
            if (now - _second > TimeSpan.FromSeconds(1))
            {
                _second = now;
                _inSecond = 0;
            }
            int most = _perSecond();
            return most > 0 && ++_inSecond > most;
        }

        private void SayRefused(Said said, string why, string reason)
        {
            Said told = new Said { { "t", "refused" }, { "id", said["id"] }, { "why", why }, { "reason", reason } };
            if (said["t"] != "new")
            {
                told["what"] = said["t"];
                told["order"] = said["order"];
            }
            _say(told);
        }

        private void New(Said said)
        {
            if (_book.ById.ContainsKey(said["id"]))
            {
                _say(new Said { { "t", "known" }, { "id", said["id"] } });
                return;
            }
            string why = Objection(said);
            if (why != "")
            {
                SayRefused(said, why, "other");
                return;
            }
            int number = NumberGen.GetNumberOrder(StartProgram.IsOsTrader);
            Fact("taken", null, "id", said["id"], "num", Text.Of(number), "portfolio", said["portfolio"],
                "security", said["security"], "class", said["class"], "side", said["side"], "type", said["type"],
                "tif", said["tif"], "limit", said["price"], "of", said["qty"], "leg", said["qty"],
                "unit", Text.Of(UnitOf(said)), "done", "0", "order_id", "");
            Send(_book.ById[said["id"]]);
        }

        private string Objection(Said said)
        {
            if (!IsConnected)
            {
                return "the connector is not connected";
            }
            Security security = _server.GetSecurityForName(said["security"], said["class"]);
            if (security == null)
            {
                return "no security " + said["security"] + " of class " + said["class"];
            }
            if (_server.GetPortfolioForName(said["portfolio"]) == null)
            {
                return "no portfolio " + said["portfolio"];
            }
            if (said["type"] == "limit" && (!Text.IsNumber(said["price"]) || Text.Number(said["price"]) <= 0))
            {
                return "no price " + said["price"];
            }
            if (!Text.IsNumber(said["qty"]))
            {
                return "no quantity " + said["qty"];
            }
            decimal quantity = Text.Number(said["qty"]);
            if (quantity <= 0 || (_areLots() && quantity % UnitOf(said) != 0))
            {
                return "no quantity in whole lots of " + Text.Of(UnitOf(said));
            }
            return "";
        }

        private decimal UnitOf(Said said)
        {
            return _areLots() ? LotOf(_server.GetSecurityForName(said["security"], said["class"])) : 1;
        }

        private static decimal LotOf(Security security)
        {
            return security.Lot > 0 ? security.Lot : 1;
        }

        private void Send(Chain chain)
        {
            Order order = OrderOf(chain);
            chain.Leg.Sent = order;
            try
            {
                _server.ExecuteOrder(order);
            }
            catch (Exception error)
            {
                Lose(chain, "the connector failed when it was given the order: " + error.Message);
            }
        }

        private Order OrderOf(Chain chain)
        {
            if (chain.Leg.Sent != null)
            {
                return chain.Leg.Sent;
            }
            return new Order
            {
                NumberUser = chain.Leg.Number,
                NumberMarket = chain.Leg.Market,
                SecurityNameCode = chain.Security,
                SecurityClassCode = chain.Class,
                PortfolioNumber = chain.Portfolio,
                Side = chain.Side == "buy" ? Side.Buy : Side.Sell,
                TypeOrder = chain.Type == "market" ? OrderPriceType.Market : OrderPriceType.Limit,
                OrderTypeTime = chain.Tif == "gtc" ? OrderTypeTime.GTC : OrderTypeTime.Day,
                Price = chain.Type == "market" ? 0 : Text.Number(chain.Limit),
                Volume = chain.Leg.Quantity / chain.Unit,
                TimeCreate = _server.ServerTime,
                ServerType = _server.ServerType,
                Comment = chain.Ids[chain.Ids.Count - 1],
            };
        }

        private void Cancel(Said said)
        {
            Chain chain = Askable(said);
            if (chain != null)
            {
                Ask(said, chain, "", "0");
            }
        }

        private void Replace(Said said)
        {
            Chain chain = Askable(said);
            if (chain == null)
            {
                return;
            }
            if (!Text.IsNumber(said["qty"]) || (said["price"] != "" && !Text.IsNumber(said["price"])))
            {
                SayRefused(said, "no quantity " + said["qty"] + " or price " + said["price"], "other");
            }
            else if (Text.Number(said["qty"]) <= chain.Done)
            {
                SayRefused(said, Text.Of(chain.Done) + " are executed", "other");
            }
            else if (_areLots() && Text.Number(said["qty"]) % chain.Unit != 0)
            {
                SayRefused(said, "no quantity in whole lots", "other");
            }
            else
            {
                Ask(said, chain, said["price"], said["qty"]);
            }
        }

        private Chain Askable(Said said)
        {
            Chain chain;
            if (!_book.ById.TryGetValue(said["order"], out chain))
            {
                SayRefused(said, "no such order", "no_order");
            }
            else if (chain.IsOver)
            {
                SayRefused(said, "the order is " + chain.State, "too_late");
            }
            else if (chain.Asked != "")
            {
                SayRefused(said, chain.Asked + " is not decided", "other");
            }
            else if (!IsConnected)
            {
                SayRefused(said, "the connector is not connected", "other");
            }
            else
            {
                return chain;
            }
            return null;
        }

        /// <summary>A replace is a cancel first, for no connector says for sure what became of a change.</summary>
        private void Ask(Said said, Chain chain, string price, string quantity)
        {
            Fact("asked", null, "what", said["t"], "id", said["id"], "order", chain.Ids[chain.Ids.Count - 1],
                "price", price, "qty", quantity);
            chain.AskedAt = DateTime.UtcNow;
            _server.CancelOrder(OrderOf(chain));
        }

        // --- questions ------------------------------------------------------------------------------------------

        private void Query(Said said)
        {
            Chain chain;
            bool isThere = _book.ById.TryGetValue(said["ask"], out chain);
            Answer(said, "status", isThere ? new[] { Status(chain) } : new Said[0]);
        }

        private static Said Status(Chain chain)
        {
            Said told = chain.Told();
            told["state"] = chain.State;
            told["why"] = chain.Why;
            return told;
        }

        private IEnumerable<Said> Positions(string portfolio)
        {
            Portfolio found = _server == null ? null : _server.GetPortfolioForName(portfolio);
            List<PositionOnBoard> held = found == null ? null : found.GetPositionOnBoard();
            foreach (PositionOnBoard one in held ?? new List<PositionOnBoard>())
            {
                Security security = _server.Securities.Find(other => other.Name == one.SecurityNameCode);
                if (security != null) // else it is money
                {
                    decimal unit = _areLots() ? LotOf(security) : 1;
                    yield return new Said
                    {
                        { "security", security.Name }, { "class", security.NameClass },
                        { "qty", Text.Of(one.ValueCurrent * unit) },
                    };
                }
            }
        }

        private void Answer(Said said, string kind, IEnumerable<Said> rows)
        {
            int count = 0;
            foreach (Said row in rows.ToList())
            {
                row["t"] = kind;
                row["to"] = said["t"];
                row["ask"] = said["ask"];
                _say(row);
                count++;
            }
            _say(new Said
            {
                { "t", "end" }, { "to", said["t"] }, { "ask", said["ask"] }, { "count", Text.Of(count) },
            });
        }

        // --- what the connector says ----------------------------------------------------------------------------

        public void OnPrices(decimal bid, decimal ask, Security security)
        {
            lock (_lock)
            {
                string wanted;
                if (security != null && _watched.TryGetValue(security.Name, out wanted)
                    && (wanted == "" || wanted == security.NameClass))
                {
                    _say(new Said
                    {
                        { "t", "quote" }, { "security", security.Name }, { "class", wanted },
                        { "bid", Text.Of(bid) }, { "ask", Text.Of(ask) },
                    });
                }
            }
        }

        /// <summary>Why a connector refuses an order stands in its log alone.</summary>
        public void OnLog(string text, LogMessageType type)
        {
            if (type.ToString() == "Error")
            {
                lock (_lock)
                {
                    _lastError = text.Length > 500 ? text.Substring(0, 500) : text;
                    _lastErrorAt = DateTime.UtcNow;
                }
            }
        }

        /// <summary>States are known by their names: these, not their numbers, are the same in all versions but for
        /// two that were misspelled.</summary>
        public void OnOrder(Order order)
        {
            lock (_lock)
            {
                Chain chain = ChainOf(order);
                if (chain == null)
                {
                    return;
                }
                string state = order.State.ToString();
                if (state == "Activ" || state == "Active" || state == "Patrial" || state == "Partial"
                    || state == "Done")
                {
                    Work(chain, order);
                }
                else if (state == "Cancel")
                {
                    Canceled(chain, order);
                }
                else if (state == "Fail")
                {
                    Failed(chain);
                }
                else if (state == "LostAfterActive")
                {
                    Lose(chain, "LostAfterActive: the connector does not answer for it");
                }
            }
        }

        /// <summary>By our number, or by the exchange's after a restart; only the leg that counts.</summary>
        private Chain ChainOf(Order order)
        {
            Chain chain;
            if (_book.ByNumber.TryGetValue(order.NumberUser, out chain) && chain.Leg.Number == order.NumberUser)
            {
                return chain;
            }
            bool isThere = !string.IsNullOrEmpty(order.NumberMarket)
                && _book.ByMarket.TryGetValue(order.NumberMarket, out chain)
                && chain.Leg.Market == order.NumberMarket;
            return isThere ? chain : null;
        }

        private void Work(Chain chain, Order order)
        {
            if (string.IsNullOrEmpty(order.NumberMarket) || chain.IsOver)
            {
                return;
            }
            if (chain.State != "working")
            {
                int count = chain.Ids.Count;
                bool isNews = chain.Leg.Market == ""; // else it was lost sight of, and is seen again
                string replaces = isNews && count > 1 ? chain.Ids[count - 2] : "";
                Fact("working", chain, "order_id", order.NumberMarket, "replaces", replaces);
            }
            Early(order.NumberMarket);
            if (order.State == OrderStateType.Done && !chain.IsOver && chain.FilledAt == DateTime.MaxValue)
            {
                chain.FilledAt = DateTime.UtcNow;
            }
        }

        /// <summary>Trades that came before the exchange's number of their order.</summary>
        private void Early(string market)
        {
            List<MyTrade> trades;
            if (_early.TryGetValue(market, out trades))
            {
                _early.Remove(market);
                trades.ForEach(Trade);
            }
        }

        public void OnTrade(MyTrade trade)
        {
            lock (_lock) { Trade(trade); }
        }

        private void Trade(MyTrade trade)
        {
            Chain chain;
            if (!_book.ByMarket.TryGetValue(trade.NumberOrderParent ?? "", out chain))
            {
                if (_early.Values.Sum(one => one.Count) < TradesEarlyMax)
                {
                    List<MyTrade> waiting;
                    if (!_early.TryGetValue(trade.NumberOrderParent ?? "", out waiting))
                    {
                        _early[trade.NumberOrderParent ?? ""] = waiting = new List<MyTrade>();
                    }
                    waiting.Add(trade);
                }
                return;
            }
            if (_book.HasTrade(trade.NumberOrderParent, trade.NumberTrade))
            {
                return;
            }
            string time = trade.Time.ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture);
            Fact("trade", chain, "order_id", trade.NumberOrderParent, "trade", trade.NumberTrade,
                "qty", Text.Of(trade.Volume * chain.Unit), "price", Text.Of(trade.Price), "time", time);
            if (!chain.IsOver && chain.Leg.Done >= chain.Leg.Quantity)
            {
                if (chain.Asked != "")
                {
                    Refuse(chain, "the order is filled", "too_late");
                }
                Fact("ended", chain, "how", "done", "by", "");
            }
        }

        private void Canceled(Chain chain, Order order)
        {
            if (chain.IsOver || chain.IsStopped)
            {
                return;
            }
            Work(chain, order);
            if (chain.IsOver)
            {
                return;
            }
            if (chain.AskedWhat == "replace")
            {
                Fact("stopped", chain);
                chain.StoppedAt = DateTime.UtcNow; // trades of it may still come
                return;
            }
            Fact("ended", chain, "how", "canceled", "by", chain.Asked, "why", "");
        }

        /// <summary>The new order of a replace, for what its order counts as executed or its trades do.</summary>
        private void Next(Chain chain)
        {
            decimal counted = chain.Leg.Sent == null ? 0 : chain.Leg.Sent.VolumeExecute * chain.Unit;
            decimal done = chain.Done + Math.Max(0, counted - chain.Leg.Done);
            decimal rest = chain.AskedQuantity - done;
            if (rest <= 0 || !IsConnected)
            {
                NotReplaced(chain, rest <= 0 ? "nothing is left to order" : "the connector is not connected");
                return;
            }
            int number = NumberGen.GetNumberOrder(StartProgram.IsOsTrader);
            string limit = chain.AskedPrice == "" ? chain.Limit : chain.AskedPrice;
            Fact("next", chain, "id", chain.Asked, "order", chain.Ids[chain.Ids.Count - 1], "num", Text.Of(number),
                "of", Text.Of(chain.AskedQuantity), "limit", limit, "leg", Text.Of(rest), "order_id", "");
            Send(chain);
        }

        /// <summary>An error that follows a lost link does not say whether the broker has the order.</summary>
        private void Failed(Chain chain)
        {
            if (chain.IsOver || chain.State == "lost")
            {
                return;
            }
            if (chain.State == "working" || DateTime.UtcNow - _lastDownAt < LinkLost)
            {
                Lose(chain, "Fail: the connector's error does not say whether the order lives");
                return;
            }
            bool isRecent = DateTime.UtcNow - _lastErrorAt < TimeSpan.FromSeconds(2);
            string why = isRecent ? _lastError : "the connector refuses it";
            if (chain.Ids.Count > 1)
            {
                NotReplaced(chain, why);
                return;
            }
            Fact("ended", chain, "how", "rejected", "by", "", "why", why);
        }

        private void NotReplaced(Chain chain, string why)
        {
            int count = chain.Ids.Count;
            bool hasNext = chain.State == "taken" && count > 1;
            string about = hasNext ? chain.Ids[count - 1] : chain.Asked;
            Fact("refused", null, "what", "replace", "id", about, "order", chain.Ids[hasNext ? count - 2 : count - 1],
                "why", why, "reason", "other", "order_id", chain.Leg.Market);
            Fact("ended", chain, "how", "canceled", "by", "", "why", "canceled for a replace: " + why);
        }

        private void Refuse(Chain chain, string why, string reason)
        {
            Fact("refused", null, "what", chain.AskedWhat, "id", chain.Asked, "order", chain.Ids[chain.Ids.Count - 1],
                "why", why, "reason", reason, "order_id", chain.Leg.Market);
        }

        private void Lose(Chain chain, string why)
        {
            if (!chain.IsOver && chain.State != "lost")
            {
                Fact("lost", chain, "why", why);
            }
        }
    }

    internal class GatewaySettings
    {
        public bool IsOn;
        public string Host, SecretFile, TlsName, Robot, Connector;
        public int Port;
    }

    /// <summary>The connection to the gateway: one at a time, again and again. A line is answered before the next one
    /// is read, and nothing of an old connection is read once there is a new one.</summary>
    internal class Gateway
    {
        private const int LineMax = 1 << 20;
        private const int UnsentMax = 200000;
        private const int SilentMaxMs = 15000;
        private const int BeatMs = 5000;

        private readonly Bridge _bridge;
        private readonly Func<GatewaySettings> _settings;
        private readonly Action<string> _log;
        private readonly Queue<Said> _unsent = new Queue<Said>();
        private volatile bool _isStopped;
        private TcpClient _socket;

        public Gateway(Bridge bridge, Func<GatewaySettings> settings, Action<string> log)
        {
            _bridge = bridge;
            _settings = settings;
            _log = log;
            new Thread(Stay) { IsBackground = true, Name = "FixgateBridge" }.Start();
        }

        public void Stop()
        {
            _isStopped = true;
            TcpClient socket = _socket;
            if (socket != null)
            {
                socket.Close();
            }
        }

        private void Stay()
        {
            string last = "";
            while (!_isStopped)
            {
                try
                {
                    GatewaySettings settings = _settings();
                    if (settings.IsOn)
                    {
                        Connect(settings);
                    }
                }
                catch (Exception error)
                {
                    if (error.Message != last)
                    {
                        _log("fixgate: " + error.Message);
                    }
                    last = error.Message;
                }
                Thread.Sleep(1000);
            }
        }

        private void Connect(GatewaySettings settings)
        {
            using (TcpClient socket = _socket = new TcpClient(settings.Host, settings.Port))
            using (Stream stream = StreamOf(socket, settings))
            {
                socket.NoDelay = true;
                stream.ReadTimeout = SilentMaxMs;
                lock (_unsent)
                {
                    _unsent.Clear();
                }
                bool isOver = false;
                Thread writer = new Thread(() => WriteAll(stream, () => isOver)) { IsBackground = true };
                writer.Start();
                try
                {
                    Talk(stream, settings);
                }
                finally
                {
                    _bridge.End();
                    isOver = true;
                    socket.Close();
                    lock (_unsent)
                    {
                        Monitor.PulseAll(_unsent);
                    }
                    writer.Join();
                }
            }
        }

        private static Stream StreamOf(TcpClient socket, GatewaySettings settings)
        {
            if (settings.TlsName == "")
            {
                return socket.GetStream();
            }
            SslStream secure = new SslStream(socket.GetStream());
            secure.AuthenticateAsClient(settings.TlsName);
            return secure;
        }

        private void Talk(Stream stream, GatewaySettings settings)
        {
            string secret = File.ReadAllText(settings.SecretFile).Trim();
            string ours = Guid.NewGuid().ToString("N");
            string theirs = "";
            bool isWelcome = false;
            foreach (string line in Lines(stream))
            {
                Said said = Json.Read(line);
                if (isWelcome)
                {
                    _bridge.Take(said);
                }
                else if (said["t"] == "hello")
                {
                    theirs = said["nonce"];
                    Say(Hello(settings, ours, Seal(secret, "robot:" + theirs + ":" + ours)));
                }
                else if (said["t"] == "welcome")
                {
                    if (said["seal"] != Seal(secret, "gateway:" + ours + ":" + theirs))
                    {
                        throw new IOException("the gateway has another secret");
                    }
                    isWelcome = true;
                    _bridge.Begin(Say, int.Parse(said["since"], CultureInfo.InvariantCulture));
                }
                else if (said["t"] == "bye")
                {
                    throw new IOException("the gateway lets us go: " + said["why"]);
                }
            }
        }

        private Said Hello(GatewaySettings settings, string nonce, string seal)
        {
            return new Said
            {
                { "t", "hello" }, { "version", "1" }, { "robot", settings.Robot }, { "connector", settings.Connector },
                { "nonce", nonce }, { "log", _bridge.RecordId }, { "first", "1" },
                { "last", Text.Of(_bridge.Last) }, { "seal", seal },
            };
        }

        private static string Seal(string secret, string text)
        {
            using (HMACSHA256 hmac = new HMACSHA256(Encoding.UTF8.GetBytes(secret)))
            {
                byte[] sealed_ = hmac.ComputeHash(Encoding.UTF8.GetBytes(text));
                return BitConverter.ToString(sealed_).Replace("-", "").ToLowerInvariant();
            }
        }

        private static IEnumerable<string> Lines(Stream stream)
        {
            byte[] buffer = new byte[1 << 16];
            MemoryStream line = new MemoryStream();
            int count;
            while ((count = stream.Read(buffer, 0, buffer.Length)) > 0)
            {
                int begin = 0;
                for (int end; (end = Array.IndexOf(buffer, (byte)'\n', begin, count - begin)) >= 0; begin = end + 1)
                {
                    line.Write(buffer, begin, end - begin);
                    yield return Encoding.UTF8.GetString(line.ToArray());
                    line.SetLength(0);
                }
                line.Write(buffer, begin, count - begin);
                if (line.Length > LineMax)
                {
                    throw new IOException("the gateway sends a line without an end");
                }
            }
        }

        private void Say(Said said)
        {
            lock (_unsent)
            {
                if (_unsent.Count >= UnsentMax)
                {
                    _socket.Close(); // it does not read; facts are kept and told again
                    return;
                }
                _unsent.Enqueue(said);
                Monitor.PulseAll(_unsent);
            }
        }

        /// <summary>What is to be said, in its order; after some time without any that all is well.</summary>
        private void WriteAll(Stream stream, Func<bool> isOver)
        {
            try
            {
                while (!isOver())
                {
                    Said said = null;
                    lock (_unsent)
                    {
                        if (_unsent.Count == 0)
                        {
                            Monitor.Wait(_unsent, BeatMs);
                        }
                        if (_unsent.Count > 0)
                        {
                            said = _unsent.Dequeue();
                        }
                    }
                    if (!isOver())
                    {
                        byte[] bytes = Encoding.UTF8.GetBytes(Json.Write(said ?? _bridge.State()) + "\n");
                        stream.Write(bytes, 0, bytes.Length);
                    }
                }
            }
            catch (Exception)
            {
                _socket.Close(); // the reader says why the connection is gone
            }
        }
    }

    /// <summary>Numbers as text, whatever language the computer speaks.</summary>
    internal static class Text
    {
        public static string Of(decimal value)
        {
            return (value / 1.000000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
        }

        public static bool IsNumber(string text)
        {
            decimal value;
            return decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out value);
        }

        public static decimal Number(string text)
        {
            return decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>JSON as far as it is spoken here: objects of texts. FormatException for anything else.</summary>
    internal static class Json
    {
        public static string Write(Said said)
        {
            StringBuilder text = new StringBuilder("{");
            foreach (KeyValuePair<string, string> pair in said)
            {
                text.Append(text.Length > 1 ? "," : "");
                Quote(text, pair.Key);
                text.Append(':');
                Quote(text, pair.Value);
            }
            return text.Append('}').ToString();
        }

        private static void Quote(StringBuilder text, string value)
        {
            text.Append('"');
            foreach (char one in value ?? "")
            {
                if (one == '"' || one == '\\')
                {
                    text.Append('\\').Append(one);
                }
                else if (one < ' ')
                {
                    text.Append("\\u").Append(((int)one).ToString("x4", CultureInfo.InvariantCulture));
                }
                else
                {
                    text.Append(one);
                }
            }
            text.Append('"');
        }

        public static Said Read(string text)
        {
            Said said = new Said();
            int at = 0;
            Expect(text, ref at, '{');
            if (Peek(text, ref at) == '}')
            {
                return said;
            }
            do
            {
                string name = Unquote(text, ref at);
                Expect(text, ref at, ':');
                said[name] = Unquote(text, ref at);
            }
            while (Next(text, ref at) == ',');
            if (text[at - 1] != '}')
            {
                throw new FormatException("no object of texts: " + text);
            }
            return said;
        }

        private static char Peek(string text, ref int at)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }
            return at < text.Length ? text[at] : '\0';
        }

        private static char Next(string text, ref int at)
        {
            char found = Peek(text, ref at);
            at++;
            return found;
        }

        private static void Expect(string text, ref int at, char wanted)
        {
            if (Next(text, ref at) != wanted)
            {
                throw new FormatException("no object of texts: " + text);
            }
        }

        private static string Unquote(string text, ref int at)
        {
            Expect(text, ref at, '"');
            StringBuilder value = new StringBuilder();
            while (at < text.Length && text[at] != '"')
            {
                char one = text[at++];
                if (one == '\\' && at < text.Length)
                {
                    one = text[at++];
                    if (one == 'u' && at + 4 <= text.Length)
                    {
                        one = (char)int.Parse(text.Substring(at, 4), NumberStyles.HexNumber);
                        at += 4;
                    }
                    else
                    {
                        int escape = "bfnrt".IndexOf(one);
                        one = escape >= 0 ? "\b\f\n\r\t"[escape] : one;
                    }
                }
                value.Append(one);
            }
            Expect(text, ref at, '"');
            return value.ToString();
        }
    }
}
