// What the robot needs of a terminal, declared as OsEngine's public interface has it, and a connector that a test
// drives: it prints what the robot does ("execute NUMBER ...", "cancel NUMBER"), and reads what befalls it:
//   connect | disconnect | active NUMBER MARKET | trade MARKET TRADE QUANTITY PRICE | done NUMBER | canceled NUMBER
//   fail NUMBER TEXT | lost NUMBER | prices BID ASK | position SECURITY QUANTITY

using System;
using System.Collections.Generic;
using System.Globalization;
using OsEngine.Entity;
using OsEngine.Logging;
using OsEngine.Market.Servers;
using OsEngine.Robots;

namespace OsEngine.Logging
{
    public enum LogMessageType { System, Error }
}

namespace OsEngine.Entity
{
    public enum StartProgram { IsTester, IsOsTrader }

    public enum Side { None, Buy, Sell }

    public enum OrderPriceType { Limit, Market, Iceberg }

    public enum OrderTypeTime { Specified, GTC, Day }

    public enum OrderStateType { None, Active, Pending, Done, Partial, Fail, Cancel, LostAfterActive }

    public class Order
    {
        public int NumberUser;
        public string NumberMarket = "";
        public string SecurityNameCode, SecurityClassCode, PortfolioNumber, Comment;
        public Side Side;
        public decimal Price, Volume;
        public OrderPriceType TypeOrder;
        public OrderTypeTime OrderTypeTime;
        public DateTime TimeCreate;
        public Market.ServerType ServerType;

        public OrderStateType State { get; set; }

        public decimal VolumeExecute { get; set; }
    }

    public class MyTrade
    {
        public string NumberTrade, NumberOrderParent;
        public decimal Price, Volume;
        public DateTime Time;
    }

    public class Security
    {
        public string Name, NameClass;
        public decimal Lot;
    }

    public class PositionOnBoard
    {
        public string SecurityNameCode;
        public decimal ValueCurrent;
    }

    public class Portfolio
    {
        public readonly List<PositionOnBoard> Held = new List<PositionOnBoard>();

        public List<PositionOnBoard> GetPositionOnBoard()
        {
            return Held;
        }
    }

    public static class NumberGen
    {
        private static int _last = 88000;

        public static int GetNumberOrder(StartProgram program)
        {
            return ++_last;
        }
    }

    public class StrategyParameterString { public string ValueString; }

    public class StrategyParameterInt { public int ValueInt; }

    public class StrategyParameterBool { public bool ValueBool; }
}

namespace OsEngine.Market
{
    public enum ServerType { None, Alor }

    public static class ServerMaster
    {
        public static readonly List<IServer> Servers = new List<IServer>();

        public static List<IServer> GetServers()
        {
            return Servers;
        }
    }
}

namespace OsEngine.Market.Servers
{
    public enum ServerConnectStatus { Connect, Disconnect }

    public interface IServer
    {
        ServerType ServerType { get; }
        ServerConnectStatus ServerStatus { get; }
        DateTime ServerTime { get; }
        List<Security> Securities { get; }
        Portfolio GetPortfolioForName(string name);
        Security GetSecurityForName(string securityName, string securityClass);
        void ExecuteOrder(Order order);
        void CancelOrder(Order order);
        event Action<decimal, decimal, Security> NewBidAscIncomeEvent;
        event Action<Order> NewOrderIncomeEvent;
        event Action<MyTrade> NewMyTradeEvent;
        event Action<string, LogMessageType> LogMessageEvent;
    }
}

namespace OsEngine.OsTrader.Panels.Attributes
{
    public class BotAttribute : Attribute
    {
        public BotAttribute(string name)
        {
        }
    }
}

namespace OsEngine.OsTrader.Panels
{
    public abstract class BotPanel
    {
        public static readonly Dictionary<string, string> Given = new Dictionary<string, string>();
        public readonly string NameStrategyUniq;

        protected BotPanel(string name, StartProgram startProgram)
        {
            NameStrategyUniq = name;
        }

        public event Action DeleteEvent;

        public abstract string GetNameStrategyType();

        public abstract void ShowIndividualSettingsDialog();

        protected StrategyParameterString CreateParameter(string name, string value)
        {
            return new StrategyParameterString { ValueString = Given.ContainsKey(name) ? Given[name] : value };
        }

        protected StrategyParameterBool CreateParameter(string name, bool value)
        {
            return new StrategyParameterBool { ValueBool = Given.ContainsKey(name) ? Given[name] == "yes" : value };
        }

        protected StrategyParameterInt CreateParameter(string name, int value, int start, int stop, int step)
        {
            return new StrategyParameterInt { ValueInt = Given.ContainsKey(name) ? int.Parse(Given[name]) : value };
        }

        protected void SendNewLogMessage(string text, LogMessageType type)
        {
            Console.WriteLine("log " + text);
        }

        public void Delete()
        {
            DeleteEvent();
        }
    }
}

namespace Terminal
{
    internal class Connector : IServer
    {
        private readonly Dictionary<int, Order> _orders = new Dictionary<int, Order>();
        private readonly Portfolio _portfolio = new Portfolio();
        private readonly Security _sber = new Security { Name = "SBER", NameClass = "TQBR", Lot = 10 };

        public event Action<decimal, decimal, Security> NewBidAscIncomeEvent;
        public event Action<Order> NewOrderIncomeEvent;
        public event Action<MyTrade> NewMyTradeEvent;
        public event Action<string, LogMessageType> LogMessageEvent;

        public OsEngine.Market.ServerType ServerType
        {
            get { return OsEngine.Market.ServerType.Alor; }
        }

        public ServerConnectStatus ServerStatus { get; private set; }

        public DateTime ServerTime
        {
            get { return DateTime.Now; }
        }

        public List<Security> Securities
        {
            get { return new List<Security> { _sber }; }
        }

        public Portfolio GetPortfolioForName(string name)
        {
            return name == "L01" ? _portfolio : null;
        }

        public Security GetSecurityForName(string securityName, string securityClass)
        {
            return securityName == _sber.Name && securityClass == _sber.NameClass ? _sber : null;
        }

        public void ExecuteOrder(Order order)
        {
            _orders[order.NumberUser] = order;
            Print("execute", order.NumberUser, order.Side, order.SecurityNameCode, order.Volume, order.Price);
        }

        public void CancelOrder(Order order)
        {
            Print("cancel", order.NumberUser, order.NumberMarket);
        }

        public void Befall(string[] said)
        {
            switch (said[0])
            {
                case "connect": ServerStatus = ServerConnectStatus.Connect; break;
                case "disconnect": ServerStatus = ServerConnectStatus.Disconnect; break;
                case "active": _orders[int.Parse(said[1])].NumberMarket = said[2]; Tell(said, OrderStateType.Active); break;
                case "done": Tell(said, OrderStateType.Done); break;
                case "canceled": Tell(said, OrderStateType.Cancel); break;
                case "lost": Tell(said, OrderStateType.LostAfterActive); break;
                case "fail": LogMessageEvent(said[2], LogMessageType.Error); Tell(said, OrderStateType.Fail); break;
                case "prices": NewBidAscIncomeEvent(Number(said[1]), Number(said[2]), _sber); break;
                case "trade": Trade(said); break;
                case "position":
                    _portfolio.Held.Add(
                        new PositionOnBoard { SecurityNameCode = said[1], ValueCurrent = Number(said[2]) });
                    break;
            }
        }

        private void Tell(string[] said, OrderStateType state)
        {
            int number = int.Parse(said[1]);
            if (!_orders.ContainsKey(number))
            { // as a connector does that knows an order by the exchange's number alone
                _orders[number] = new Order { NumberMarket = said[2] };
            }
            _orders[number].State = state;
            NewOrderIncomeEvent(_orders[number]);
        }

        private void Trade(string[] said)
        {
            NewMyTradeEvent(new MyTrade
            {
                NumberOrderParent = said[1], NumberTrade = said[2], Volume = Number(said[3]),
                Price = Number(said[4]), Time = DateTime.Now,
            });
        }

        private static decimal Number(string text)
        {
            return decimal.Parse(text, CultureInfo.InvariantCulture);
        }

        private static void Print(params object[] parts)
        {
            Console.WriteLine(string.Join(" ", Array.ConvertAll(
                parts, part => Convert.ToString(part, CultureInfo.InvariantCulture))));
        }
    }

    internal static class Program
    {
        private static void Main(string[] given)
        {
            foreach (string one in given)
            {
                int at = one.IndexOf('=');
                OsEngine.OsTrader.Panels.BotPanel.Given[one.Substring(0, at)] = one.Substring(at + 1);
            }
            Connector connector = new Connector();
            connector.Befall(new[] { "connect" });
            OsEngine.Market.ServerMaster.Servers.Add(connector);
            FixgateBridge robot = new FixgateBridge("bridge", StartProgram.IsOsTrader);
            for (string line; (line = Console.ReadLine()) != null;)
            {
                connector.Befall(line.Split(new[] { ' ' }, 5));
            }
            robot.Delete();
        }
    }
}
