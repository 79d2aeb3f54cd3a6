"""Devices that the platform asks: Modbus TCP by polling, OPC UA by subscription."""
